#!/usr/bin/python3
"""Adds, drives and removes services of its own while the container runs, as an unprivileged user.

This is how an app with a service manager in it does so: under a temporary name, with everything that the
supervisor would make there already, then a rename and an order to look again.

    slots.py cycle NAME [COUNT]   everything once, of COUNT slots: a line for each step
    slots.py add NAME [down]      a slot that stays
"""
import os
import re
import subprocess
import sys
import time

SCAN = "/run/service"
RUN = """#!/command/with-contenv sh
echo "slot $1 runs as $(id -u) with hook=$FROM_HOOK"
trap 'echo "slot ended in order"; exit 0' TERM
while :; do sleep 0.05; done
"""
FINISH = """#!/command/with-contenv sh
exit 0
"""
LOG = """#!/command/with-contenv sh
exec s6-log 1 n10 s1000000 T {logs}
"""


class Wrong(Exception):
    """What a step should have given and did not."""


def call(*words, ok=(0,)):
    done = subprocess.run([os.path.join("/command", words[0]), *words[1:]], capture_output=True, text=True, timeout=15)
    if ok and done.returncode not in ok:
        raise Wrong("%s: code %d: %s%s" % (" ".join(words), done.returncode, done.stdout, done.stderr))
    return done


def supervised_by_s6():
    """An init of the engine's own as PID 1 is what this client was told about."""
    with open("/proc/1/comm", encoding="ascii") as comm:
        name = comm.read().strip()
    return (name == "s6-svscan" or "BESIDE_INIT" in os.environ) and os.path.isdir("/run/s6/basedir")


def write(path, text, mode=0o755):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)


def skeleton(slot):
    """What the supervisor would make, made by us so that it is ours."""
    os.mkdir(os.path.join(slot, "event"))
    os.chmod(os.path.join(slot, "event"), 0o3730)
    os.mkdir(os.path.join(slot, "supervise"), 0o755)
    os.mkdir(os.path.join(slot, "supervise", "event"))
    os.chmod(os.path.join(slot, "supervise", "event"), 0o3730)
    os.mkfifo(os.path.join(slot, "supervise", "control"))
    os.chmod(os.path.join(slot, "supervise", "control"), 0o660)


def logs_of(name):
    """Where a slot's log goes: a root file system may be read-only."""
    for place in ("/tmp/slots", "/run/slots"):
        try:
            os.makedirs(os.path.join(place, name), exist_ok=True)
            return os.path.join(place, name)
        except OSError:
            continue
    raise Wrong("there is no place for logs")


def register(name, down):
    logs = logs_of(name)
    temporary = os.path.join(SCAN, "." + name + ".tmp")
    os.mkdir(temporary)
    write(os.path.join(temporary, "type"), "longrun\n", 0o644)
    write(os.path.join(temporary, "run"), RUN)
    write(os.path.join(temporary, "finish"), FINISH)
    os.mkdir(os.path.join(temporary, "log"))
    write(os.path.join(temporary, "log", "run"), LOG.format(logs=logs))
    if down:
        write(os.path.join(temporary, "down"), "", 0o644)
    skeleton(temporary)
    skeleton(os.path.join(temporary, "log"))
    os.rename(temporary, os.path.join(SCAN, name))
    call("s6-svscanctl", "-a", SCAN)


def pid(slot):
    """The pid of a slot that is up; None if it is down. A slot nobody supervises is an error."""
    said = call("s6-svstat", slot).stdout
    if "up " not in said:
        if not said.startswith("down "):
            raise Wrong("s6-svstat says " + said)
        return None
    return int(re.search(r"\(pid (\d+)\)", said).group(1))


def until(what, condition):
    end = time.monotonic() + 15
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.02)
    raise Wrong("not within 15 s: " + what)


def unregister(name):
    slot = os.path.join(SCAN, name)
    call("s6-svc", "-d", slot)
    call("s6-svwait", "-D", "-t", "10000", slot, ok=())
    os.rename(slot, os.path.join(SCAN, "." + name + ".gone"))
    call("s6-svscanctl", "-an", SCAN, ok=())
    time.sleep(0.2)
    remove(os.path.join(SCAN, "." + name + ".gone"))


def remove(tree):
    for directory, below, files in os.walk(tree, topdown=False):
        for file in files:
            os.unlink(os.path.join(directory, file))
        for one in below:
            os.rmdir(os.path.join(directory, one))
    os.rmdir(tree)


def cycle(name):
    slot = os.path.join(SCAN, name)
    register(name, down=True)
    # At once, as the app does: whoever may look again must have looked when the order is over.
    if pid(slot) is not None:
        raise Wrong("a slot with a down file runs")
    print("registered", name)
    call("s6-svc", "-u", slot)
    first = until("up", lambda: pid(slot))
    owner = os.stat("/proc/%d" % first).st_uid
    log = os.path.join(logs_of(name), "current")
    until("its first line", lambda: os.path.exists(log) and "hook=hooked" in open(log, encoding="ascii").read())
    print("up as", owner)
    call("s6-svc", "-t", slot)
    second = until("another run", lambda: pid(slot) not in (None, first) and pid(slot))
    until("its last line", lambda: "ended in order" in open(log, encoding="ascii").read())
    print("again", second != first)
    call("s6-svc", "-d", slot)
    until("down", lambda: pid(slot) is None)
    print("down")
    call("s6-svc", "-u", slot)
    until("up once more", lambda: pid(slot))
    unregister(name)
    if call("s6-svstat", slot, ok=()).returncode == 0 or os.path.exists(slot):
        raise Wrong("the slot is still there")
    if re.search(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}  slot " + name, open(log, encoding="ascii").read()) is None:
        raise Wrong("no stamped line in " + log)
    print("gone")


def main(words):
    if not supervised_by_s6():
        raise Wrong("PID 1 is no s6-svscan, or /run/s6/basedir is missing")
    if words[0] == "cycle":
        for i in range(int(words[2]) if len(words) > 2 else 1):
            cycle(words[1] + ("-%d" % i if len(words) > 2 else ""))
    elif words[0] == "add":
        register(words[1], down="down" in words[2:])
        print("registered", words[1])
    else:
        raise Wrong("unknown word " + words[0])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Wrong as wrong:
        print("slots.py:", wrong, file=sys.stderr)
        sys.exit(1)
