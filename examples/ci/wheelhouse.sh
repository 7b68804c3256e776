#!/bin/sh
# Gather every wheel that an installation or an image needs, so that it can be made where no index is reachable.
#
#   examples/ci/wheelhouse.sh wheelhouse stage build      what `docker build --target stage` needs
#   examples/ci/wheelhouse.sh wheelhouse harness build    what the harness needs, as an image or without one
#
# Run it in a checkout, where an index can be reached; then carry the folder over. Every file is held against the hash
# in requirements/. PYTHON is what runs pip here; PYTHON_VERSION (3.13) and PLATFORMS (manylinux_2_28_x86_64 ...) say
# for which machines, where those differ from this one.
set -eu
folder="${1:?usage: wheelhouse.sh FOLDER LOCK...}"
shift
locks="$(dirname "$0")/../../requirements"

for lock in "$@"; do
  set -- --require-hashes --only-binary :all: --dest "$folder" --requirement "$locks/$lock.txt"
  if [ -n "${PYTHON_VERSION:-}" ]; then set -- "$@" --python-version "$PYTHON_VERSION"; fi
  for platform in ${PLATFORMS:-}; do set -- "$@" --platform "$platform"; done
  "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check "$@"
done
