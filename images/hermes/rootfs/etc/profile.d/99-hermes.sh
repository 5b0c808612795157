# shellcheck shell=sh
# A login shell begins with the system's own PATH (/etc/profile), without what stands in front of it everywhere else in the
# container: there hermes would not be found.
hermes_path=/opt/hermes/bin:/opt/hermes/.venv/bin:${HERMES_HOME:-/opt/data}/.local/bin
case $PATH: in
"$hermes_path":*) ;;
*)
  PATH=$hermes_path:$PATH
  export PATH
  ;;
esac
unset hermes_path
