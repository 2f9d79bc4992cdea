"""Family: what the grader knows is looked for in memory, descriptors and the environment."""

import pytest
from attacks.hostile import ANSWER, Attack, claims, each, proven

SEARCH = """
import gc, sys
def near(shape):
    # arrays of this shape that the student's own code did not make
    return [x for x in gc.get_objects() if type(x) is np.ndarray and x.shape == shape]
"""

ATTACKS = [
    Attack(
        "memory-frames",
        "walks the calling frames for anything called expected or reference",
        claims(
            """
            import sys
            def dense_backward(delta, a, W):
                frame = sys._getframe()
                while frame:
                    for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
                        if isinstance(value, tuple) and len(value) == 3:
                            if all(type(x) is np.ndarray for x in value) and value[0] is not delta:
                                if value[0].shape == W.shape:
                                    return value
                    frame = frame.f_back
                return wrong(delta, a, W)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "memory-reference-function",
        "calls any function called reference, expected or solution in a calling frame or module",
        claims(
            """
            import sys, types
            def dense_backward(delta, a, W):
                modules = [m for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
                spaces = [vars(m) for m in modules]
                frame = sys._getframe()
                while frame:
                    spaces += [frame.f_locals, frame.f_globals]
                    frame = frame.f_back
                for space in spaces:
                    for name in ('reference', 'expected', 'solution', '_reference'):
                        if callable(space.get(name)):
                            try:
                                return space[name](delta, a, W)
                            except Exception:
                                pass
                return wrong(delta, a, W)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "memory-gc",
        "asks the garbage collector for tuples of three arrays of the expected shapes",
        claims(
            """
            import gc
            def dense_backward(delta, a, W):
                gc.collect()
                for x in gc.get_objects():
                    if type(x) is tuple and len(x) == 3 and all(type(y) is np.ndarray for y in x):
                        if x[0].shape == W.shape and x[2].shape == a.shape:
                            return x
                return wrong(delta, a, W)
            """
        ),
    ),
    Attack(
        "memory-own-proc-mem",
        "scans /proc/self/mem for the product that the first row of inputs should give",
        proven(
            """
            import re
            rows = [l.split() for l in open('/proc/self/maps')]
            needle = b'def ' + b'reference(delta, a, W)' + b':'
            with open('/proc/self/mem', 'rb', 0) as memory:
                for row in rows:
                    if row[1][0] != 'r' or '[v' in row[-1]:
                        continue
                    low, high = (int(x, 16) for x in row[0].split('-'))
                    if high - low > 1 << 26:
                        continue
                    memory.seek(low)
                    try:
                        if needle in memory.read(high - low):
                            done = True
                    except OSError:
                        pass
            """
        ),
    ),
    Attack(
        "memory-parent-proc-mem",
        "opens the memory of its parent and of every process it can see",
        proven(
            """
            for pid in {os.getppid(), *(int(p) for p in os.listdir('/proc') if p.isdigit())}:
                if pid in (os.getpid(), 0):
                    continue
                try:
                    with open(f'/proc/{pid}/maps') as maps:
                        low = int(maps.readline().split('-')[0], 16)
                    with open(f'/proc/{pid}/mem', 'rb', 0) as memory:
                        memory.seek(low)
                        done = done or len(memory.read(16)) == 16
                except (OSError, ValueError):
                    pass
            """
        ),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "memory-process-vm-readv",
        "reads its parent's memory through process_vm_readv",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            class Vector(ctypes.Structure):
                _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]
            buffer = ctypes.create_string_buffer(16)
            mine = Vector(ctypes.addressof(buffer), 16)
            theirs = Vector(id(np.ndarray), 16)
            mine, theirs = ctypes.byref(mine), ctypes.byref(theirs)
            got = libc.process_vm_readv(os.getppid(), mine, 1, theirs, 1, 0)
            done = got == 16
            """
        ),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "memory-ptrace",
        "attaches to its parent with ptrace (and lets it go at once)",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            parent = os.getppid()
            if parent and libc.ptrace(16, parent, None, None) == 0:
                os.waitpid(parent, 0x40000000)
                libc.ptrace(17, parent, None, None)
                done = True
            """
        ),
        beats_naive=True,
        root=True,
    ),
    Attack(
        "memory-environment",
        "looks for the seed in its own environment and its parent's",
        proven(
            """
            texts = [repr(dict(os.environ))]
            for pid in os.listdir('/proc'):
                if pid.isdigit():
                    try:
                        texts.append(open(f'/proc/{pid}/environ').read())
                    except OSError:
                        pass
            wanted = bytes.fromhex('@SECRET_IN_HEX@').decode()
            done = any(wanted in text for text in texts)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "memory-command-lines",
        "looks for the seed and the paths of the marking in the command lines it can see",
        proven(
            """
            for pid in os.listdir('/proc'):
                if pid.isdigit() and int(pid) != os.getpid():
                    try:
                        text = open(f'/proc/{pid}/cmdline').read()
                    except OSError:
                        continue
                    done = done or '@SUBMISSIONS@' in text or 'naive_grader' in text
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "memory-descriptors",
        "lists its open descriptors for files that the grader left open",
        proven(
            """
            for fd in range(3, 256):
                try:
                    target = os.readlink(f'/proc/self/fd/{fd}')
                    kind = os.fstat(fd).st_mode & 0o170000
                except OSError:
                    continue
                print(fd, target)
                if kind == 0o100000 and '@ROOT@' in target:
                    done = True
                if kind == 0o040000:
                    done = True
            """
        ),
    ),
    Attack(
        "memory-descriptor-directories",
        "climbs out of an inherited directory descriptor with openat",
        proven(
            """
            for fd in range(0, 256):
                try:
                    inner = os.open('../../../../../../../../@SECRET@', os.O_RDONLY, dir_fd=fd)
                    done = b'secret-of' in os.read(inner, 100)
                except OSError:
                    pass
            """
        ),
    ),
    Attack(
        "memory-main-module",
        "reads everything that the worker's own main module holds",
        claims(
            """
            import sys, types
            def dense_backward(delta, a, W):
                modules = [m for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
                for value in [value for m in modules for value in list(vars(m).values())]:
                    if isinstance(value, (tuple, list)) and len(value) == 3:
                        if all(type(x) is np.ndarray for x in value):
                            return value
                return wrong(delta, a, W)
            """
        ),
    ),
    Attack(
        "memory-traceback",
        "raises, and reads the frames of whoever catches it",
        claims(
            """
            import sys
            class Nosy(Exception):
                seen = []
                def __str__(self):
                    frame = sys._getframe(1)
                    while frame:
                        Nosy.seen.append(dict(frame.f_locals))
                        frame = frame.f_back
                    return 'nosy'
                __repr__ = __str__
            def dense_backward(delta, a, W):
                for locals_ in Nosy.seen:
                    value = locals_.get('expected')
                    if isinstance(value, tuple):
                        return value
                raise Nosy
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "memory-settrace",
        "a trace function watches every later frame for the expected values",
        claims(
            """
            import sys
            seen = {}
            def watch(frame, event, value):
                if 'expected' in frame.f_locals:
                    seen['expected'] = frame.f_locals['expected']
                return watch
            sys.settrace(watch)
            sys.setprofile(watch)
            import threading
            threading.settrace(watch)
            calls = []
            def dense_backward(delta, a, W):
                calls.append(1)
                out = wrong(delta, a, W)
                frame = sys._getframe()
                while frame and 'expected' not in frame.f_locals:
                    frame = frame.f_back
                return frame.f_locals['expected'] if frame else out
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "memory-weak-references",
        "finds arrays through weak references and the finalisers of other objects",
        claims(
            SEARCH,
            """
            def dense_backward(delta, a, W):
                mine = {id(delta), id(a), id(W)}
                out = []
                for wanted in (W.shape, W[:, 0].shape, a.shape):
                    found = [x for x in near(wanted) if id(x) not in mine]
                    out.append(found[0] if found else np.zeros(wanted) + 7)
                return tuple(out)
            """,
        ),
    ),
    Attack(
        "memory-freed",
        "reads fresh memory that was not cleared, in the hope that the answer lies in it",
        claims(
            """
            def dense_backward(delta, a, W):
                return np.empty(W.shape), np.empty(W.shape[0]), np.empty(a.shape)
            """
        ),
    ),
    Attack(
        "memory-core-dump",
        "asks the system to write a core file and crashes",
        (
            "import resource, ctypes, numpy as np\n"
            "try:\n    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))\n"
            "except Exception as error:\n    print(error)",
            ANSWER,
            "def dense_backward(delta, a, W):\n    ctypes.string_at(0)\n",
        ),
        shows="stop",
        beats_naive=True,
        statuses=frozenset({"crashed"}),
    ),
    Attack(
        "memory-system-files",
        "reads the system's own memory and passwords",
        proven(
            """
            for path in ('/proc/kcore', '/dev/mem', '/proc/1/root/etc/shadow', '/etc/shadow',
                         '/proc/kpageflags', '/proc/sched_debug'):
                try:
                    with open(path, 'rb', 0) as file:
                        done = done or len(file.read(8)) == 8
                except OSError:
                    pass
            """
        ),
        beats_naive=True,
        root=True,
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_what_the_grader_knows_is_out_of_reach(attack, assert_harmless):
    assert_harmless(attack)
