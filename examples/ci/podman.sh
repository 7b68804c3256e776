#!/bin/sh
# The same with Podman, as root or not: without root one is inside the user that one is outside, so that results are
# one's own.
set -eu
if [ "$(id -u)" -ne 0 ]; then RUN="--userns keep-id ${RUN:-}"; fi
export DOCKER=podman RUN="${RUN:-}" BUILD="--format docker ${BUILD:-}"
exec "$(dirname "$0")/plain.sh" "$@"
