package spec

// checkHooks complains of hooks that could never run.
func (d *decoder) checkHooks() {
	for i, hook := range d.root.get("hooks").elements() {
		at, as := hook.get("at"), hook.word("as")
		if at == nil || at.kind != scalar || HookPoint(at.text) != BeforeVolume || as == string(AsRoot) {
			continue
		}
		d.complain(at.complain("say as: root, or at: after-identity", "hooks[%d]: at before-volume it isn't known yet who the app is, so the hook can't run as the app", i))
	}
}
