package s6dir

import "strconv"

// RunEnv is the variable that says where the directories of /run are that could not be made in /run.
const RunEnv = "BERTH_S6_RUN"

// Environment is where, below /run, each variable of the container has a file.
const Environment = "s6/container_environment"

// OwnPlace names the directory that stands for /run among others' in a shared one, as /dev/shm is, for who runs as uid.
func OwnPlace(uid int) string { return "berth-s6-" + strconv.Itoa(uid) }
