package spec

// example gives a small example of a section for the reference page, or nothing. Tests read
// them all as one spec.
func example(section string) string {
	switch section {
	case "":
		return `version: 1
app: notes
extends: /usr/share/berth/base.yaml
`
	case "user":
		return `user:
  name: notes
  uid: 1000
  gid: 1000
  uid-env: [PUID]
  gid-env: [PGID]
  umask-env: UMASK
  join-groups-of: [/var/run/docker.sock, "/dev/dri/*"]
  other-users: refuse
`
	case "volume":
		return `volume:
  path: ${NOTES_HOME:-/data}
  dirs: [uploads, cache]
  own:
    trees: [uploads, cache]
    files: [notes.db, settings.ini]
    schedule: {cron: "30 4 * * *"}
  modes: {settings.ini: "0600"}
  remove:
    - {path: .install-method, when-content: docker}
`
	case "install":
		return `install:
  path: /opt/notes
  own: [plugins]
`
	case "seed[]":
		return `seed:
  - {path: settings.ini, from: settings.example.ini, mode: "0600"}
  - {path: token.json, from-env: NOTES_TOKEN, mode: "0600", secret: true}
  - {path: motd, content: "hello\n", when: {env: NOTES_GREET}}
`
	case "keep[]":
		return `keep:
  - {path: themes, from: themes, essential: [plain]}
`
	case "generate[]":
		return `generate:
  - {path: .env, key: NOTES_KEY, bytes: 32}
`
	case "migrate":
		return `migrate:
  file: config.yaml
  version-key: version
  backup: [config.yaml]
  steps: migrations.yaml
`
	case "env":
		return `env:
  set: {HOME: "${NOTES_HOME:-/data}"}
  unset: [LD_PRELOAD]
  path: [/opt/notes/bin]
  find:
    NOTES_BROWSER: {under: /opt/browsers, names: [chrome, chromium]}
`
	case "main":
		return `main:
  command: [notes, --data, /data]
  program: /opt/notes/bin/notes
  verbs: [sync, export]
  redirect:
    - {args: [sync, run], to: sync-default, unless: {flag: --foreground}}
`
	case "profiles":
		return `profiles:
  dir: profiles
  marker: profile.ini
  stale: [sync.pid]
`
	case "services.NAME":
		return `services:
  sync:
    per-profile: true
    requires: [prepare]
    after: [web]
    command: [notes, sync, run]
    profile-args: [-p, "{profile}"]
    restart: {final-codes: [0], limit: 20}
    port: {env: SYNC_PORT, from: profile, range: [9200, 9299]}
    stop: {signal: INT, timeout: 20s}
    log: {dir: "logs/sync/{profile}", size: 1MB, keep: 10}
  web:
    enabled: ${NOTES_WEB}
    command: [notes, web, --port, "${NOTES_PORT:-8080}"]
    ready: {tcp: "${NOTES_PORT:-8080}", timeout: 30s}
    health: {http: "http://127.0.0.1:${NOTES_PORT:-8080}/health", period: 1m}
    reload: {signal: HUP}
    limits: {nofile: 4096, oom-score-adj: 500, no-new-privs: true, capabilities: []}
  prepare:
    kind: task
    command: [notes, prepare]
    retry: {count: 3, delay: 5s}
    on-failure: end
  backup:
    kind: task
    if-set: [NOTES_BACKUP_TO]
    command: [notes, backup]
    schedule: {cron: "30 4 * * *"}
    log:
      dir: logs/backup
      compress: zstd
      flood: {policy: sample, lines: 200}
      rotate: [logs/backup-*.txt]
`
	case "control":
		return `control:
  allow:
    - {uid: 33, services: [web]}
    - {gid: 2000, services: [sync, backup], may: control}
`
	case "hooks[]":
		return `hooks:
  - {at: after-seed, name: index, command: [/opt/notes/bin/index, --quiet], timeout: 20s, on-failure: stop}
`
	}
	return ""
}
