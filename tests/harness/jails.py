"""What tests of isolation need: where it cannot be had they are left out, except on CI, where that is a failure."""

import os

import pytest

from harness.isolation import isolations

WHY_NOT = isolations.get("namespace").refusal()
needs_namespace = pytest.mark.skipif(WHY_NOT is not None and not os.environ.get("CI"), reason=str(WHY_NOT))
