"""Family: the process itself: exits, signals, traces, threads, daemons, privileges."""

import pytest
from attacks.hostile import ANSWER, WRONG, Attack, claims, each, proven

ENDED = frozenset({"crashed", "timeout", "graded", "memory"})

DETACHED = """
import os, time
def detach(work):
    # the double fork of a daemon: its own session, its own group, no parent left
    middle = os.fork()
    if middle == 0:
        os.setsid()
        if os.fork() == 0:
            try:
                work()
            finally:
                os._exit(0)
        os._exit(0)
    os.waitpid(middle, 0)  # or the end of this group could come before the session of its own
"""

ATTACKS = [
    Attack(
        "process-exit-at-import",
        "os._exit(0) while the cells run",
        ("import os", "os._exit(0)", ANSWER, "dense_backward = answer"),
        beats_naive=True,
        shows="stop",
        honest=1.0,
        statuses=ENDED,
    ),
    Attack(
        "process-exit-in-answer",
        "os._exit(0) inside the function",
        ("import os", "def dense_backward(delta, a, W):\n    os._exit(0)"),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-exit-status",
        "leaves with each status that might mean 'all right'",
        (
            "import os, sys",
            """
            calls = []
            def dense_backward(delta, a, W):
                calls.append(1)
                os._exit(len(calls) % 3)
            """,
        ),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-system-exit",
        "raises SystemExit(0), which `except Exception` does not catch",
        ("import sys", "def dense_backward(delta, a, W):\n    sys.exit(0)"),
        beats_naive=True,
        shows="stop",
    ),
    Attack(
        "process-system-exit-in-cell",
        "raises SystemExit in a cell, KeyboardInterrupt and GeneratorExit in the next ones",
        (
            "raise SystemExit(0)",
            "raise KeyboardInterrupt",
            "raise GeneratorExit",
            "raise BaseException('any')",
        ),
        beats_naive=True,
        shows="stop",
    ),
    Attack(
        "process-keyboard-interrupt",
        "raises KeyboardInterrupt, which stops a test session",
        ("def dense_backward(delta, a, W):\n    raise KeyboardInterrupt",),
        beats_naive=True,
        shows="stop",
    ),
    Attack(
        "process-pytest-exit",
        "raises what ends or skips a pytest session",
        (
            """
            class Exit(BaseException):
                msg, returncode, allow_module_level = 'passed', 0, True
            Exit.__module__ = '_pytest.outcomes'
            def dense_backward(delta, a, W):
                try:
                    import pytest
                    pytest.skip('passed')
                except ImportError:
                    raise Exit
            """,
        ),
        beats_naive=True,
        shows="stop",
    ),
    Attack(
        "process-kill-itself",
        "sends itself SIGKILL",
        (
            "import os, signal",
            "def dense_backward(d, a, W):\n    os.kill(os.getpid(), signal.SIGKILL)",
        ),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-abort",
        "ends with SIGABRT",
        ("import os", "def dense_backward(delta, a, W):\n    os.abort()"),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-segfault",
        "reads address zero",
        ("import ctypes", "def dense_backward(delta, a, W):\n    ctypes.string_at(0)"),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-stack-overflow",
        "recurses without end, with the limit raised",
        (
            "import sys\nsys.setrecursionlimit(10**9)",
            "def dense_backward(delta, a, W):\n    return deep(0)",
            "def deep(n):\n    return sorted([n], key=deep)",
        ),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-stop-itself",
        "sends itself SIGSTOP: neither dead nor alive",
        (
            "import os, signal",
            "def dense_backward(d, a, W):\n    os.kill(os.getpid(), signal.SIGSTOP)",
        ),
        beats_naive=True,
        shows="stop",
        statuses=ENDED,
    ),
    Attack(
        "process-deaf",
        "ignores every signal that can be ignored and loops",
        (
            """
            import signal
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            """,
            "def dense_backward(delta, a, W):\n    while True:\n        pass",
        ),
        beats_naive=True,
        shows="stop",
        statuses=frozenset({"timeout"}),
    ),
    Attack(
        "process-alarm",
        "an alarm raises in whatever code runs later",
        (
            """
            import signal
            def ring(number, frame):
                raise RuntimeError('rung')
            signal.signal(signal.SIGALRM, ring)
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            """,
            # Wrong throughout: whether the alarm rings in time is luck, not worth a point.
            WRONG,
            "dense_backward = wrong",
        ),
    ),
    Attack(
        "process-kill-parent",
        "sends its parent and process 1 a harmless signal; right only if it arrives outside",
        proven(
            """
            for pid in (os.getppid(), @BYSTANDER@):
                if pid > 1:
                    os.kill(pid, 0)
                    done = True
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-kill-bystander",
        "sends a signal to a process that belongs to somebody else on the machine",
        proven("import signal\nos.kill(@BYSTANDER@, signal.SIGCONT)\ndone = True"),
        beats_naive=True,
    ),
    Attack(
        "process-signal-by-descriptor",
        "has the kernel signal a process that belongs to somebody else when a pipe is written to",
        proven(
            """
            import fcntl
            reads, writes = os.pipe()
            fcntl.fcntl(reads, fcntl.F_SETOWN, @BYSTANDER@)
            fcntl.fcntl(reads, 10, 18)
            fcntl.fcntl(reads, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            os.write(writes, b'x')
            done = True
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-pidfd",
        "opens another process by its number",
        proven("os.pidfd_open(@BYSTANDER@)\ndone = True"),
        beats_naive=True,
    ),
    Attack(
        "process-list",
        "finds another process of the machine in /proc",
        proven(
            "done = os.path.exists('/proc/@BYSTANDER@/status') and os.getpid() < @BYSTANDER@ - 50"
        ),
    ),
    Attack(
        "process-daemon",
        "leaves a daemon in a session of its own that outlives the marking",
        (
            DETACHED,
            """
            def wait():
                time.sleep(0.1)
                with open('@FORBIDDEN@', 'w') as file:
                    file.write('still here')
                time.sleep(60)
            detach(wait)
            """,
        ),
        shows="file",
        beats_naive=True,
        statuses=ENDED,
    ),
    Attack(
        "process-daemon-in-answer",
        "leaves a daemon from inside a function",
        (
            DETACHED,
            """
            def dense_backward(delta, a, W):
                detach(lambda: time.sleep(60))
                return None
            """,
        ),
        shows="process",
        statuses=ENDED,
    ),
    Attack(
        "process-thread",
        "a thread that goes on after the answers and changes the result",
        claims(
            """
            import threading, time
            out = wrong(np.ones((11, 7)), np.ones((11, 3)), np.ones((7, 3)))
            def work():
                while True:
                    time.sleep(0.001)
                    for x in out:
                        x += 1
            threading.Thread(target=work, daemon=False).start()
            def dense_backward(delta, a, W):
                return out
            """
        ),
    ),
    Attack(
        "process-thread-patient",
        "a thread waits until the functions ran and then ends the process with status 0",
        (
            ANSWER,
            """
            import os, threading
            def work():
                ran.wait()
                os._exit(0)
            ran = threading.Event()
            threading.Thread(target=work, daemon=True).start()
            def dense_backward(delta, a, W):
                ran.set()
                while True:
                    pass
            """,
        ),
        statuses=ENDED,
        beats_naive=True,
        shows="stop",
    ),
    Attack(
        "process-atexit",
        "does its work when the interpreter ends: atexit, finalisers, __del__",
        claims(
            """
            import atexit, weakref, threading
            def late():
                open('@FORBIDDEN@', 'w').write('late')
            atexit.register(late)
            class Last:
                def __del__(self, late=late): late()
            keep = Last()
            threading._register_atexit(late)
            """
        ),
        shows="file",
    ),
    Attack(
        "process-fork-bomb",
        "starts two hundred processes that sleep",
        (
            """
            import os, time
            def dense_backward(delta, a, W):
                for _ in range(200):
                    try:
                        if os.fork() == 0:
                            time.sleep(2)
                            os._exit(0)
                    except OSError:
                        break
                return None
            """,
        ),
        shows="process",
        statuses=ENDED,
    ),
    Attack(
        "process-fork-answers-twice",
        "forks inside the function, so that two processes come back from one call",
        claims(
            """
            import os
            def dense_backward(delta, a, W):
                try:
                    os.fork()
                except OSError:
                    pass
                return wrong(delta, a, W)
            """
        ),
        statuses=ENDED,
    ),
    Attack(
        "process-thread-flood",
        "starts three hundred threads",
        claims(
            """
            import threading, time
            for _ in range(300):
                try:
                    threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
                except (RuntimeError, MemoryError):
                    break
            """
        ),
        statuses=ENDED,
    ),
    Attack(
        "process-exec",
        "replaces the interpreter by another program",
        proven(
            """
            import subprocess
            out = subprocess.run([sys.executable or 'python3', '-c', 'print(6 * 7)'],
                                 capture_output=True, text=True, timeout=5)
            done = out.stdout.strip() == '42'
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-shell",
        "runs a shell through every door that leads to one",
        proven(
            """
            import subprocess
            for act in (lambda: os.system('echo > @FORBIDDEN@'),
                        lambda: os.popen('echo > @FORBIDDEN@').read(),
                        lambda: subprocess.call('echo > @FORBIDDEN@', shell=True),
                        lambda: os.posix_spawn('/bin/sh', ['sh', '-c', 'echo > @FORBIDDEN@'], {})):
                try:
                    act()
                except Exception as error:
                    print(error)
            time.sleep(0.05)
            done = open('@FORBIDDEN@').read() != 'untouched'
            """
        ),
        beats_naive=True,
        shows="file",
    ),
    Attack(
        "process-exec-itself",
        "execs in place of the worker, to drop its filters",
        (
            "import os, sys",
            "def dense_backward(delta, a, W):\n    os.execv('/bin/true', ['true'])",
        ),
        shows="stop",
        beats_naive=True,
        statuses=ENDED,
    ),
    Attack(
        "process-limits-raised",
        "raises its own limits again",
        proven(
            """
            import resource
            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            infinite = resource.RLIM_INFINITY
            for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
                resource.setrlimit(kind, (infinite, infinite))
            done = True
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-become-root",
        "becomes root again by every call that changes identity",
        proven(
            """
            for call in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0),
                         lambda: os.seteuid(0), lambda: os.setgroups([0])):
                try:
                    call()
                except OSError:
                    pass
            try:
                open('/etc/shadow').read()
                done = True
            except OSError:
                pass
            """
        ),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "process-unshare",
        "makes namespaces of its own, where it is root",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
            done = libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 or libc.unshare(CLONE_NEWNS) == 0
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-join-namespace",
        "joins the namespaces of another process",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            for pid in (@BYSTANDER@, os.getppid()):
                for kind in ('net', 'ipc', 'uts'):
                    try:
                        fd = os.open(f'/proc/{pid}/ns/{kind}', os.O_RDONLY)
                    except OSError:
                        continue
                    done = done or libc.setns(fd, 0) == 0
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-mount",
        "mounts a file system over a folder of its own",
        proven(
            """
            import ctypes, tempfile
            libc = ctypes.CDLL(None, use_errno=True)
            try:
                folder = tempfile.mkdtemp()
            except OSError:
                folder = '/tmp'
            done = libc.mount(b'none', folder.encode(), b'tmpfs', 0, b'size=4k') == 0
            libc.umount2(folder.encode(), 2)
            """
        ),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "process-chroot",
        "leaves its root by chroot",
        proven("os.chroot('/')\ndone = True"),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "process-32-bit-gate",
        "makes system calls through the gate for 32-bit programs, which a filter may not know",
        proven(
            """
            import ctypes, mmap
            # push rbx; mov eax, 20 (getpid there); int 0x80; pop rbx; ret
            code = b'\\x53\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\x5b\\xc3'
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(code)
            start = ctypes.addressof(ctypes.c_char.from_buffer(page))
            done = ctypes.CFUNCTYPE(ctypes.c_int)(start)() == os.getpid()
            """
        ),
    ),
    Attack(
        "process-keyring",
        "uses calls that no function on arrays needs: keyctl, bpf, perf, userfaultfd, io_uring",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            buffer = ctypes.create_string_buffer(256)
            # x86-64 numbers: add_key, perf_event_open, bpf, userfaultfd, io_uring_setup
            tries = [(248, b'user', b'a', b'b', 1, -2), (298, buffer, 0, -1, -1, 0),
                     (321, 0, buffer, 48), (323, 0), (425, 4, buffer)]
            done = any(libc.syscall(*call) >= 0 for call in tries)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "process-personality",
        "asks to be a core-dumping, debuggable process and names itself after the grader",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_NAME = 4, 0x59616D61, 15
            libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
            libc.prctl(PR_SET_PTRACER, -1, 0, 0, 0)
            libc.prctl(PR_SET_NAME, b'pytest', 0, 0, 0)
            """
        ),
    ),
    Attack(
        "process-priority",
        "raises its own priority and binds the machine's processors",
        proven("os.setpriority(os.PRIO_PROCESS, 0, -20)\ndone = True"),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "process-clock",
        "sets the clock back, so that no limit is ever reached",
        proven("time.clock_settime(time.CLOCK_REALTIME, time.time())\ndone = True"),
    ),
    Attack(
        "process-frozen-time",
        "replaces the clocks of Python and loops",
        (
            """
            import time
            time.time = time.monotonic = time.perf_counter = lambda: 0.0
            time.sleep = lambda s: None
            def dense_backward(delta, a, W):
                while True:
                    time.sleep(1)
            """,
        ),
        beats_naive=True,
        shows="stop",
        long=True,
        statuses=frozenset({"timeout"}),
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_a_process_harms_itself_alone(attack, assert_harmless):
    assert_harmless(attack)
