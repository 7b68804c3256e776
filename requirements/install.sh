#!/bin/sh
# Install a lock into a new virtual environment: install.sh LOCK FOLDER, beside wheels if there are to be no others.
# A base without pip needs pip's own wheel among them.
set -eu
lock="$1" folder="$2"

python3 -m venv --without-pip "$folder"
from=""
for wheel in ./*.whl; do [ ! -e "$wheel" ] || from="--no-index --find-links ."; done
if python3 -m pip --version >/dev/null 2>&1; then pip="-m pip"; else
  pip=""
  for wheel in ./pip-*.whl; do [ ! -e "$wheel" ] || pip="$wheel/pip"; done
  [ -n "$pip" ] || { echo "this base image has no pip; put its wheel into wheelhouse/" >&2; exit 1; }
fi
# shellcheck disable=SC2086  # both are several words or none
python3 $pip --python "$folder/bin/python" install --no-cache-dir --disable-pip-version-check --root-user-action ignore \
  --require-hashes --only-binary :all: $from -r "$lock"
# Sources of what is compiled, and hints for editors.
find "$folder" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' \) -delete
