"""Stops every thread of a process but its first one, as a disk would that does not answer.

Run as a program, with the number of the process, it says "stopped" and holds them until they are
killed.
"""

import ctypes
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

PTRACE_CONT = 7
PTRACE_SEIZE = 0x4206  # linux/ptrace.h
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000  # linux/wait.h: threads, too

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def stop_threads(process: int) -> None:
    threads = [int(task.name) for task in Path(f"/proc/{process}/task").iterdir()]
    others = [thread for thread in threads if thread != process]
    if not others:
        raise SystemExit("there is only one thread")
    for thread in others:
        ptrace(PTRACE_SEIZE, thread)
        stop(process, thread)


def stop(process: int, thread: int) -> None:
    """Stop a thread within a call of the kernel: elsewhere it may have the interpreter's lock.

    With that lock it would stop the first thread as well.
    """
    while True:
        ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)
        call = Path(f"/proc/{process}/task/{thread}/syscall").read_text()
        if not call.startswith("-1"):
            return
        ptrace(PTRACE_CONT, thread)
        time.sleep(0.001)


def ptrace(request: int, thread: int) -> None:
    if libc.ptrace(request, thread, None, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    stop_threads(int(sys.argv[1]))
    sys.stdout.write("stopped\n")
    sys.stdout.flush()
    with suppress(ChildProcessError):  # they are all gone, and nobody else could see to them
        while True:
            os.waitpid(-1, WALL)
