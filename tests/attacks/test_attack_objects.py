"""Family: what is returned is not an array but an object that claims to be the right one."""

import pytest
from attacks.hostile import ANSWER, Attack, claims, each, proven

ATTACKS = [
    Attack(
        "object-array-function",
        "its __array_function__ answers every NumPy function with True",
        claims(
            """
            class Agreeable:
                shape, dtype, ndim, size = (), np.dtype(float), 0, 1
                def __array_function__(self, function, types, args, kwargs):
                    return True
            def dense_backward(delta, a, W):
                return Agreeable(), Agreeable(), Agreeable()
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-array-ufunc",
        "its __array_ufunc__ answers every subtraction with zeros",
        claims(
            """
            class Zero:
                def __init__(self, shape): self.shape = shape
                def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                    if ufunc is np.subtract or ufunc is np.absolute:
                        return np.zeros(self.shape)
                    return np.ones(self.shape, dtype=bool)
                def __sub__(self, other): return np.zeros(self.shape)
                def __rsub__(self, other): return np.zeros(self.shape)
            def dense_backward(delta, a, W):
                return Zero(W.shape), Zero(W[:, 0].shape), Zero(a.shape)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-array",
        "its __array__ walks to the caller and returns the expected values",
        claims(
            """
            import sys
            class Thief:
                def __array__(self, dtype=None, copy=None):
                    frame = sys._getframe()
                    while frame:
                        for name in ('expected', 'b', 'desired', 'y'):
                            value = frame.f_locals.get(name)
                            if type(value) is np.ndarray:
                                return value.copy()
                        frame = frame.f_back
                    return np.zeros(3)
            def dense_backward(delta, a, W):
                return Thief(), Thief(), Thief()
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-array-interface",
        "its __array_interface__ points at memory that is not its own",
        claims(
            """
            class Pointer:
                def __init__(self, x): self.x = x
                @property
                def __array_interface__(self):
                    return {'shape': self.x.shape, 'typestr': '<f8', 'version': 3,
                            'data': (id(self.x) & ~4095, False)}
            def dense_backward(delta, a, W):
                return Pointer(W), Pointer(W[:, 0]), Pointer(a)
            """
        ),
    ),
    Attack(
        "object-equal-to-everything",
        "its __eq__ says True to everything",
        claims(
            """
            class Equal:
                __array_ufunc__ = None
                def __eq__(self, other): return True
                def __ne__(self, other): return False
            def dense_backward(delta, a, W):
                return Equal(), Equal(), Equal()
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-ndarray-subclass",
        "a subclass of ndarray whose `all` and comparisons agree",
        claims(
            """
            class Agreeable(np.ndarray):
                def all(self, *args, **kwargs): return True
                def __eq__(self, other): return True
                def __sub__(self, other): return np.zeros(self.shape)
                def __rsub__(self, other): return np.zeros(self.shape)
            def dense_backward(delta, a, W):
                return tuple(x.view(Agreeable) for x in wrong(delta, a, W))
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-subclass-array-function",
        "a subclass of ndarray whose __array_function__ agrees",
        claims(
            """
            class Agreeable(np.ndarray):
                def __array_function__(self, function, types, args, kwargs): return True
            def dense_backward(delta, a, W):
                return tuple(x.view(Agreeable) for x in wrong(delta, a, W))
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-masked",
        "masked arrays: what is masked compares as true",
        claims(
            """
            def dense_backward(delta, a, W):
                return tuple(np.ma.masked_all(x.shape) for x in wrong(delta, a, W))
            """
        ),
    ),
    Attack(
        "object-matrix",
        "np.matrix, whose * is a product and whose shapes never shrink",
        claims(
            """
            def dense_backward(delta, a, W):
                return tuple(np.asmatrix(x) for x in wrong(delta, a, W))
            """
        ),
    ),
    Attack(
        "object-lying-shape",
        "an array whose strides claim a terabyte that is not there",
        claims(
            """
            def dense_backward(delta, a, W):
                huge = np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 40,), (0,))
                return huge, huge, huge
            """
        ),
    ),
    Attack(
        "object-strided-outside",
        "an array whose strides reach far outside its memory",
        claims(
            """
            def dense_backward(delta, a, W):
                out = np.lib.stride_tricks.as_strided(np.zeros(8), W.shape, (1 << 34, 1 << 30))
                return out, out[0], out
            """
        ),
    ),
    Attack(
        "object-shape-forged-by-ctypes",
        "the shape inside the array object is overwritten",
        claims(
            """
            import ctypes
            def dense_backward(delta, a, W):
                x = np.zeros((2, 2))
                # PyArrayObject: head 16 bytes, data, nd, dimensions
                dimensions = ctypes.c_void_p.from_address(id(x) + 32).value
                (ctypes.c_long * 2).from_address(dimensions)[:] = [1 << 20, 1 << 20]
                return x, x, x
            """
        ),
    ),
    Attack(
        "object-dtype-object",
        "arrays of dtype object whose elements are equal to everything",
        claims(
            """
            class Equal(float):
                def __eq__(self, other): return True
                def __sub__(self, other): return Equal(0)
                def __rsub__(self, other): return Equal(0)
                def __abs__(self): return Equal(0)
                def __lt__(self, other): return True
                def __le__(self, other): return True
                def __hash__(self): return 0
            def dense_backward(delta, a, W):
                out = []
                for x in wrong(delta, a, W):
                    y = np.empty(x.shape, dtype=object)
                    y[...] = Equal(1)
                    out.append(y)
                return tuple(out)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "object-structured",
        "structured and void dtypes in place of numbers",
        claims(
            """
            def dense_backward(delta, a, W):
                kind = np.dtype([('x', 'f8'), ('y', 'O')])
                db = np.zeros(W[:, 0].shape, 'V8')
                return np.zeros(W.shape, kind), db, np.zeros(a.shape, 'U4')
            """
        ),
    ),
    Attack(
        "object-dates",
        "dates and not-a-times in place of numbers",
        claims(
            """
            def dense_backward(delta, a, W):
                return tuple(np.full(x.shape, 'NaT', 'M8[s]') for x in wrong(delta, a, W))
            """
        ),
    ),
    Attack(
        "object-not-a-number",
        "arrays full of NaN, in the hope of equal_nan",
        claims(
            """
            def dense_backward(delta, a, W):
                return tuple(x * np.nan for x in wrong(delta, a, W))
            """
        ),
    ),
    Attack(
        "object-infinite",
        "arrays full of infinity, so that a relative tolerance covers everything",
        claims(
            """
            def dense_backward(delta, a, W):
                return tuple(x * np.inf for x in wrong(delta, a, W))
            """
        ),
    ),
    Attack(
        "object-empty",
        "empty arrays: all() of nothing is true",
        claims(
            """
            def dense_backward(delta, a, W):
                return np.zeros((0, 3)), np.zeros(0), np.zeros((0, 3))
            """
        ),
    ),
    Attack(
        "object-scalar",
        "numbers that would broadcast against the expected arrays",
        claims("def dense_backward(delta, a, W):\n    return 0.0, 0, False"),
    ),
    Attack(
        "object-float-subclass",
        "a float whose comparisons all agree",
        claims(
            """
            class Agreeable(float):
                def __eq__(self, other): return True
                def __lt__(self, other): return True
                def __sub__(self, other): return Agreeable(0)
                def __abs__(self): return self
                def __hash__(self): return 1
            def dense_backward(delta, a, W):
                return Agreeable(1), Agreeable(1), Agreeable(1)
            """
        ),
    ),
    Attack(
        "object-longdouble",
        "long doubles, complex and half numbers of the wrong value",
        claims(
            """
            def dense_backward(delta, a, W):
                dW, db, da = wrong(delta, a, W)
                return dW.astype(np.longdouble), db.astype(complex) + 1j, da.astype(np.float16)
            """
        ),
    ),
    Attack(
        "object-list-in-itself",
        "a list that contains itself",
        claims(
            """
            def dense_backward(delta, a, W):
                ring = []
                ring.append(ring)
                return ring, ring, ring
            """
        ),
    ),
    Attack(
        "object-deep",
        "tuples nested a hundred thousand deep",
        claims(
            """
            def dense_backward(delta, a, W):
                deep = ()
                for _ in range(100_000):
                    deep = (deep,)
                return deep
            """
        ),
    ),
    Attack(
        "object-wide",
        "two million small objects in one reply",
        claims("def dense_backward(delta, a, W):\n    return [0] * 2_000_000"),
    ),
    Attack(
        "object-at-the-limit",
        "replies as large as may be sent: 60 MB of numbers, then ninety thousand arrays",
        claims(
            """
            calls = []
            def dense_backward(delta, a, W):
                calls.append(1)
                if len(calls) % 2:
                    return np.zeros(7_500_000), None, None
                return [np.zeros(1)] * 90_000
            """
        ),
    ),
    Attack(
        "object-close",
        "numbers off by just more than any tolerance, and by one unit in one entry",
        (
            ANSWER,
            """
            def dense_backward(delta, a, W):
                dW, db, da = answer(delta, a, W)
                dW[0, 0] += 1e-3 * abs(dW).max()
                return dW, db * (1 + 1e-3), da * (1 - 1e-3)
            """,
        ),
    ),
    Attack(
        "object-shared",
        "a hundred lists that each hold the next one twice: small to hold, 2^100 to write out",
        claims(
            """
            def dense_backward(delta, a, W):
                x = [1.0]
                for _ in range(100):
                    x = [x, x]
                return x
            """
        ),
    ),
    Attack(
        "object-endless-iterator",
        "a tuple whose iterator never ends and whose length lies",
        claims(
            """
            class Endless(tuple):
                def __iter__(self):
                    while True:
                        yield 1.0
                def __len__(self): return 3
            def dense_backward(delta, a, W):
                return Endless()
            """
        ),
        statuses=frozenset({"graded", "timeout", "memory", "crashed"}),
    ),
    Attack(
        "object-changing",
        "a list that answers differently each time it is read",
        claims(
            """
            class Changing(list):
                reads = 0
                def __getitem__(self, i):
                    Changing.reads += 1
                    return super().__getitem__(i) if Changing.reads > 5 else np.zeros(3)
                def __len__(self):
                    Changing.reads += 1
                    return Changing.reads % 7
            def dense_backward(delta, a, W):
                return Changing(wrong(delta, a, W))
            """
        ),
    ),
    Attack(
        "object-pickle",
        "an object whose unpickling writes a file",
        claims(
            """
            import os, pickle
            class Bomb:
                def __reduce__(self):
                    return (exec, ("open('@FORBIDDEN@', 'w').write('unpickled')",))
            def dense_backward(delta, a, W):
                return Bomb(), pickle.dumps(Bomb()), np.array([Bomb()], dtype=object)
            """
        ),
        shows="file",
    ),
    Attack(
        "object-type-with-str-name",
        "classes whose __name__, __class__ and __doc__ lie",
        claims(
            """
            class Liar(type):
                __name__ = property(lambda self: 1 / 0)
                def __instancecheck__(self, x): return True
                def __repr__(self): raise SystemExit(0)
            class Thing(metaclass=Liar):
                __class__ = property(lambda self: np.ndarray)
                def __repr__(self): raise KeyboardInterrupt
                def __getattr__(self, name): raise GeneratorExit
            def dense_backward(delta, a, W):
                return Thing(), Thing(), Thing()
            """
        ),
    ),
    Attack(
        "object-memmap",
        "a memory map of a file as the result, changed after it was sent",
        claims(
            """
            import tempfile, threading, time
            def dense_backward(delta, a, W):
                file = tempfile.NamedTemporaryFile()
                out = np.memmap(file, dtype=float, mode='w+', shape=W.shape)
                def change():
                    for i in range(100):
                        out[...] = i
                        time.sleep(0.001)
                threading.Thread(target=change, daemon=True).start()
                return out, out[:, 0], out
            """
        ),
    ),
    Attack(
        "object-inputs-returned",
        "the inputs themselves, changed in place, so that a reference computed later is wrong too",
        claims(
            """
            def dense_backward(delta, a, W):
                delta[...] = 0
                a[...] = 0
                W[...] = 0
                return W, delta.sum(axis=0), a
            """
        ),
    ),
    Attack(
        "object-inputs-resized",
        "the inputs are resized and given another type in place",
        claims(
            """
            def dense_backward(delta, a, W):
                delta.shape = (delta.size,)
                a.dtype = np.int64
                W.resize((0,), refcheck=False)
                return W, W, W
            """
        ),
    ),
    Attack(
        "object-control",
        "no attack at all: shows that answers that are right earn the question's points",
        proven("done = True"),
        beats_naive=True,
        honest=1.0,
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_an_object_that_claims_to_be_right_gains_nothing(attack, assert_harmless):
    assert_harmless(attack)
