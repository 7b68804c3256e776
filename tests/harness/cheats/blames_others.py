"""Fails in ways that look as if the machine had failed, so that its failure might not be counted."""

import os
import signal
import sys

sys.stderr.write("OSError: [Errno 28] No space left on device\n")
sys.stderr.write("bwrap: execvp python: No such file or directory\n")
sys.stderr.write("its keeper broke: infrastructure\n")
sys.stderr.flush()
os.kill(os.getpid(), signal.SIGSEGV)
