package volume

import (
	"fmt"
	"hash/fnv"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

const (
	// smallVolume is how many entries are looked at before the start in any case: on a warm machine that takes 10 ms.
	smallVolume = 10_000
	// maxCut is how often in a row the container may have ended before its look behind the services did.
	maxCut = 100
)

// whenToLook decides when everything is looked at. What it goes by may be forged by the app, which would only find its
// own files handed over a little later; so it is believed.
func whenToLook(w *boot.World) *boot.Look {
	own := w.Spec.Volume.Own
	if len(own.Trees) == 0 {
		return nil
	}
	l := boot.RecallLook(w)
	before := func(format string, args ...any) *boot.Look {
		return &boot.Look{When: boot.Before, Why: fmt.Sprintf(format, args...)}
	}
	switch {
	case own.Heal == spec.HealBefore:
		return before("the spec says heal: before")
	case l.Bound == "":
		return before("no look at this very volume is remembered")
	case l.Who != whose(w):
		return before("the last look was for %s", boot.Word(l.Who))
	case l.What != listedHash(w):
		return before("the spec lists something else than at the last look")
	case l.Begun:
		return before("the last look did not come to its end")
	case l.Cut >= maxCut:
		return before("the last %d looks behind the services were cut off by the end of the container", l.Cut)
	case own.Heal != spec.HealBehind && l.Entries <= smallVolume:
		return before("the volume is small: at the last look it had %d entries", l.Entries)
	}
	return &boot.Look{When: boot.Behind, Why: fmt.Sprintf("the last look came to its end at %s, for the same user: %d entries", l.Time.UTC().Format(time.RFC3339), l.Entries)}
}

func whose(w *boot.World) string { return owner(w.Identity.UID, w.Identity.GID) }

// listedHash names what the spec lists, and the user whose linked files follow, in few letters.
func listedHash(w *boot.World) string {
	h := fnv.New64a()
	own := w.Spec.Volume.Own
	for _, names := range [][]string{own.Trees, {""}, own.Files, {strconv.FormatUint(uint64(w.Spec.User.UID), 10)}} {
		names = slices.Clone(names)
		for i, name := range names {
			names[i] = path.Clean("/" + name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(h, "%q\n", name)
		}
	}
	return strconv.FormatUint(h.Sum64(), 16)
}

// remember writes down that everything was looked at. A small volume that was right then and is now is not worth a write
// at each boot. The disk isn't waited for: what the look changed may lie in memory still, and a note that is synchronized by itself
// would reach a disk before that where the file system logs such a file alone (btrfs, F2FS, ZFS). As it is, a power cut leaves both or
// no note that can be read, and it is a commit of all that was changed that nobody waits for.
func (h *healer) remember() {
	w := h.w
	if len(w.Spec.Volume.Own.Trees) == 0 {
		return
	}
	was := boot.RecallLook(w)
	now := boot.Looked{
		Who: whose(w), What: listedHash(w), Time: time.Now().UTC(), Seconds: time.Since(h.began).Seconds(), Entries: h.seen(), Changed: h.r.Count(),
	}
	same := was.Bound != "" && was.Who == now.Who && was.What == now.What && !was.Begun && was.Cut == 0
	if same && was.Entries <= smallVolume && now.Entries <= smallVolume && now.Changed == 0 {
		return
	}
	h.forgot = boot.RememberLookSoon(w, now)
}

// begin writes down that a look before the start has begun, where the next boot could otherwise take what is remembered for its own:
// the user may go back to the one before. What is small is looked at before any start, and a right volume is not worth a write.
func (h *healer) begin() error {
	if len(h.w.Spec.Volume.Own.Trees) == 0 {
		return nil
	}
	l := boot.RecallLook(h.w)
	if l.Entries <= smallVolume && fits(h.w, l) {
		return nil
	}
	return begin(h.w, l, boot.RememberLookSoon)
}

// fits says whether a look was for this user, at what the spec lists now.
func fits(w *boot.World, l boot.Looked) bool { return l.Who == whose(w) && l.What == listedHash(w) }

// begin writes down that a look has begun, in case nobody lives to write down its end. Before the start nobody need wait until that
// is on the disk: of what the look changes nothing lasts longer, and a disk that was busy takes longer than the look.
func begin(w *boot.World, l boot.Looked, remember func(*boot.World, boot.Looked) error) error {
	if l.Bound == "" || l.Begun {
		return nil
	}
	l.Begun = true
	return remember(w, l)
}

// LeftUndone writes down that the container failed before its look behind the services came to its end, if it was begun at all:
// what it failed of may be what the look would have healed.
func LeftUndone(w *boot.World) error { return begin(w, boot.RecallLook(w), boot.RememberLook) }

// CutOff writes down that the container ended in order before its look behind the services did: the next boot needn't
// take that for a sign that something is wrong. What is remembered of another user or spec stays as it is: the look that would have
// replaced it was not remembered.
func CutOff(w *boot.World) error {
	l := boot.RecallLook(w)
	if l.Bound == "" || !l.Begun || !fits(w, l) {
		return nil
	}
	l.Begun = false
	l.Cut++
	return boot.RememberLook(w, l)
}
