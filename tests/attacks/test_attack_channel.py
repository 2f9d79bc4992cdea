"""Family: the channel between worker and judge: guessed, replayed, forged, broken."""

import pytest
from attacks.hostile import ANSWER, EXERCISE, Attack, claims, each

from course_lib import checks
from course_lib.checks.verdict import prepared

SEEDED = """
import numpy as np
def guess(seeds, shapes):
    # which seed makes inputs of these shapes?
    for seed in seeds:
        rng = np.random.default_rng(seed)
        yield seed, [rng.normal(size=shape) for shape in shapes]
"""

SPEAK = """
import fcntl, os, struct
import numpy as np
MAGIC = b'FBU\\n'
def frame(kind, nonce, payload):
    return struct.pack('<4sBB2x16sQ', MAGIC, 1, kind, nonce, len(payload)) + payload
def array(x):
    x = np.ascontiguousarray(x, dtype='<f8')
    return b'a' + bytes([11, x.ndim]) + struct.pack(f'<{x.ndim}Q', *x.shape) + x.tobytes()
def triple(delta, a, W):
    parts = (delta.T @ a, delta.sum(axis=0), delta @ W)
    return b't' + struct.pack('<I', 3) + b''.join(array(x) for x in parts)
def channels():
    # every descriptor that could lead to the judge
    for fd in range(0, 64):
        try:
            kind = os.fstat(fd).st_mode & 0o170000
        except OSError:
            continue
        if kind in (0o010000, 0o140000):
            yield fd
def say(data, fds=None):
    for fd in list(fds or channels()):
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        fcntl.fcntl(fd, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        try:
            os.write(fd, data)
        except OSError:
            pass
        finally:
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
"""

LINES = (
    '{"score": 3, "of": 3}\\n',
    '{"status": "graded", "score": 100, "max_score": 100}\\n',
    "ok 1 - dense_backward\\n",
)


def recorded():
    """Return a table of what the open check asks and wants: anyone can make it at home."""
    question = checks.load(EXERCISE).question("dense_backward")
    asked = [prepared(question, fixture, 0) for fixture in question.fixtures if not fixture.large]
    return {args[0].tobytes(): [array.tolist() for array in wanted] for args, wanted in asked}


ENDED = frozenset({"crashed", "timeout", "graded", "memory"})

ATTACKS = [
    Attack(
        "channel-guess-seed",
        "guesses the seed among the first thousand and answers only the inputs it foresees",
        (
            SEEDED,
            ANSWER,
            """
            def dense_backward(delta, a, W):
                for seed, (d, x, w) in guess(range(1000), [delta.shape, a.shape, W.shape]):
                    if np.array_equal(d, delta):
                        return answer(d, x, w)
                return None
            """,
        ),
        beats_naive=True,
    ),
    Attack(
        "channel-guess-global-seed",
        "expects the inputs from np.random.seed(0) and its like",
        (
            ANSWER,
            """
            import numpy as np
            def dense_backward(delta, a, W):
                for seed in (*range(300), 42, 1234, 2026, 12345):
                    rng = np.random.RandomState(seed)
                    for draw in (rng.randn, rng.rand):
                        if np.array_equal(draw(*delta.shape), delta):
                            return answer(delta, a, W)
                return None
            """,
        ),
    ),
    Attack(
        "channel-replaced-generator",
        "replaces the random generator, so that the judge's inputs are all ones",
        claims(
            """
            class Ones:
                def __getattr__(self, name):
                    return lambda *a, size=(), **k: np.ones(size)
            np.random.default_rng = lambda *a: Ones()
            np.random.Generator = Ones
            np.random.seed(0)
            np.random.seed = lambda *a: None
            """
        ),
    ),
    Attack(
        "channel-replay-open-check",
        "records what the open check asks, and answers only that",
        (
            ANSWER,
            """
            import numpy as np
            table = {}
            def dense_backward(delta, a, W):
                key = delta.tobytes()
                if recording:
                    table[key] = answer(delta, a, W)
                return table.get(key)
            recording = True
            """,
            "try:\n    from course_lib.checks import check\n    check(dense_backward)\n"
            "except Exception as error:\n    print(error)",
            "recording = False",
        ),
    ),
    Attack(
        "channel-replay-recorded-check",
        "answers from a table of all that the open check asks, made at home",
        (
            f"import numpy as np\ntable = {recorded()!r}",
            ANSWER,
            """
            def dense_backward(delta, a, W):
                if delta.size == 1000:  # too large for a table, and right
                    return answer(delta, a, W)
                return tuple(np.array(x) for x in table[delta.tobytes()])
            """,
        ),
    ),
    Attack(
        "channel-replay-second-call",
        "is wrong on every first call and right when asked the same again",
        (
            ANSWER,
            """
            seen = set()
            def dense_backward(delta, a, W):
                key = delta.tobytes() + a.tobytes()
                if key in seen:
                    return answer(delta, a, W)
                seen.add(key)
                return None
            """,
        ),
    ),
    Attack(
        "channel-forged-at-import",
        "writes messages that claim full marks to every descriptor while the cells run",
        (
            "import numpy as np",
            SPEAK,
            "\n".join(f"say(b'{line}')" for line in LINES),
            "for kind in (65, 66, 67):\n    say(frame(kind, bytes(16), b'N'))",
            "def dense_backward(delta, a, W):\n    return None",
        ),
        beats_naive=True,
        statuses=ENDED,
    ),
    Attack(
        "channel-forged-from-thread",
        "a thread keeps writing right-looking messages while the functions run",
        (
            "import numpy as np, threading, time",
            SPEAK,
            """
            work = {'inputs': None}
            def speak():
                for _ in range(300):
                    if work['inputs'] is not None:
                        say(frame(66, bytes(16), triple(*work['inputs'])))
                    time.sleep(0.001)
            threading.Thread(target=speak, daemon=True).start()
            def dense_backward(delta, a, W):
                work['inputs'] = delta, a, W
                time.sleep(0.05)
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-forged-after-answer",
        "answers wrong, and sends a second, right answer behind it",
        (
            "import numpy as np, threading",
            SPEAK,
            """
            def dense_backward(delta, a, W):
                data = frame(66, bytes(16), triple(delta, a, W))
                threading.Timer(0.002, say, (data,)).start()
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-forged-ahead",
        "sends a right answer before its own wrong one",
        (
            "import numpy as np",
            SPEAK,
            """
            def dense_backward(delta, a, W):
                say(frame(66, bytes(16), triple(delta, a, W)))
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-broken-frame",
        "half a header, a length of 2^63, and silence",
        (
            "import numpy as np, time",
            SPEAK,
            "say(struct.pack('<4sBB2x16sQ', MAGIC, 1, 66, bytes(16), 1 << 63))",
            "say(MAGIC)",
            "def dense_backward(delta, a, W):\n    say(b'FBU')\n    return None",
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-drops",
        "promises 60 MB and sends them byte by byte, so that no wait of the judge's is in vain",
        claims(
            SPEAK,
            """
            def dense_backward(delta, a, W):
                say(struct.pack('<4sBB2x16sQ', MAGIC, 1, 66, bytes(16), 60 << 20))
                while True:
                    for fd in channels():
                        os.write(fd, b'x')
            """,
        ),
        statuses=frozenset({"timeout"}),
    ),
    Attack(
        "channel-out-of-band",
        "sends urgent data, which wakes whoever waits and cannot be read",
        claims(
            SPEAK,
            """
            import ctypes
            libc = ctypes.CDLL(None)
            def dense_backward(delta, a, W):
                for fd in channels():
                    for i in range(1000):
                        libc.send(fd, b'x', 1, 1)
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-garbage",
        "a megabyte of garbage on every descriptor",
        (
            SPEAK,
            "import random\nsay(random.randbytes(1 << 20))",
            "def dense_backward(delta, a, W):\n    say(b'\\0' * 100_000)\n    return None",
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-closed",
        "closes every descriptor",
        (
            "import os",
            "def dense_backward(delta, a, W):\n    os.closerange(0, 256)\n    return None",
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-redirected",
        "puts other files in the place of every descriptor",
        (
            """
            import os
            def dense_backward(delta, a, W):
                null = os.open('/dev/zero', os.O_RDWR)
                for fd in range(3, 64):
                    if fd != null:
                        os.dup2(null, fd)
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-read-ahead",
        "reads what the judge has sent or will send, instead of the worker",
        (
            """
            import fcntl, os
            def dense_backward(delta, a, W):
                for fd in range(0, 64):
                    try:
                        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)
                        os.read(fd, 1 << 16)
                    except OSError:
                        pass
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-nonce",
        "looks for the nonce of the call in the frames of the worker and answers in its place",
        (
            "import numpy as np, sys, gc",
            SPEAK,
            """
            def dense_backward(delta, a, W):
                nonces = set()
                frame_ = sys._getframe()
                while frame_:
                    for value in list(frame_.f_locals.values()):
                        if isinstance(value, bytes) and len(value) == 16:
                            nonces.add(value)
                    frame_ = frame_.f_back
                text = lambda word: struct.pack('<I', len(word)) + word
                wrong = b's' + text(b'value') + triple(delta, a, W + 1)
                for nonce in nonces:
                    say(frame(66, nonce, b'd' + struct.pack('<I', 2) + wrong
                        + b's' + text(b'arguments') + b'N'))
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-worker-functions",
        "calls the worker's own functions, found in its main module, with right-looking values",
        (
            """
            import sys, types
            import numpy as np
            found = {}
            for name, value in list(vars(sys.modules['__main__']).items()):
                if callable(value) and isinstance(value, types.FunctionType):
                    found[name] = value
            print(sorted(found))
            def dense_backward(delta, a, W):
                for name in ('send', 'reply', 'write', 'answer', 'send_value', 'respond', '_send'):
                    if name in found:
                        try:
                            found[name]({'score': 1.0, 'status': 'right'})
                        except Exception as error:
                            print(error)
                return None
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-worker-patched",
        "replaces the worker's own encoder, so that it sends what the student wants",
        claims(
            """
            import sys, types
            for module in list(sys.modules.values()):
                if isinstance(module, types.ModuleType) and hasattr(module, 'encode'):
                    if 'Limits' in vars(module):
                        module.MAX_BYTES = module.MAX_ITEMS = module.MAX_DEPTH = 1 << 60
                        module.encode = lambda *args, **named: b'T'
            """
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-array-for-a-list",
        "answers the judge's question which functions are missing with an array, which is no truth",
        (
            "not_a_name",
            "del dense_backward",
            """
            import sys
            import numpy as np
            protocol = sys.modules['protocol']
            encode = protocol.encode_parts
            def lying(value, *more):
                return encode(np.zeros(3) if isinstance(value, list) else value, *more)
            protocol.encode_parts = lying
            """,
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-array-for-a-kind",
        "reports an error whose kind is an array, which equals no word and no other",
        (
            """
            import sys
            import numpy as np
            wrong = {'kind': np.zeros(3), 'text': np.zeros(3), 'line': np.zeros(3)}
            sys.modules['notebook']._failure = lambda error: wrong
            def dense_backward(delta, a, W):
                raise ValueError
            """,
            "1 / 0",
        ),
        statuses=ENDED,
    ),
    Attack(
        "channel-lying-error",
        "raises errors named after the grader's own verdicts",
        (
            """
            class StudentError(Exception):
                kind, text, score, status = 'right', 'all right', 1.0, 'right'
            class Skipped(Exception):
                pass
            def dense_backward(delta, a, W):
                raise StudentError('right', 'score: 100 %')
            """,
        ),
    ),
    Attack(
        "channel-lying-dictionary",
        "returns what looks like a verdict",
        (
            "def dense_backward(delta, a, W):\n"
            "    return {'score': 100, 'max_score': 100, 'status': 'right', 'parts': [1, 1, 1]}",
        ),
    ),
    Attack(
        "channel-wrong-kinds",
        "returns one thing after another that no check expects",
        (
            """
            import numpy as np
            things = iter([None, 'x', b'x', 3, 3.5, 1j, [], (), {}, [[[]]], {'a': {}}, np.nan,
                           np.zeros(0), np.zeros((0, 4)), np.array(None), np.array('x'), len])
            def dense_backward(delta, a, W):
                thing = next(things, ...)
                return thing, [thing], {'x': thing}
            """,
        ),
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_a_message_earns_nothing_by_itself(attack, assert_harmless):
    assert_harmless(attack)
