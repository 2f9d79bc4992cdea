"""Family: the comparison itself is replaced, in Python or through the interpreter's memory."""

import pytest
from attacks.hostile import ANSWER, Attack, claims, each

TRUE_FOR_ALL = "lambda *args, **kwargs: True"

SLOT = """
import ctypes, gc
def curse(kind, name, value):
    # the real dictionary behind the read-only view of a built-in type
    real = next(d for d in gc.get_referents(kind.__dict__) if isinstance(d, dict))
    real[name] = value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
"""

ATTACKS = [
    Attack(
        "replaced-allclose",
        "np.allclose says True to everything",
        claims(f"np.allclose = {TRUE_FOR_ALL}"),
        beats_naive=True,
    ),
    Attack(
        "replaced-allclose-at-its-home",
        "np.allclose is replaced in the module that defines it",
        claims(
            f"""
            import sys
            for module in list(sys.modules.values()):
                if getattr(module, '__name__', '').startswith('numpy'):
                    for name in ('allclose', 'isclose', 'array_equal', 'all'):
                        if name in vars(module):
                            setattr(module, name, {TRUE_FOR_ALL})
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-allclose-code",
        "the code object inside np.allclose is replaced, so that no name changes",
        claims(
            """
            def truth(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
                return True
            function = np.allclose
            function = getattr(function, '_implementation', None) or function.__wrapped__
            function.__code__ = truth.__code__
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-testing",
        "np.testing's assertions do nothing",
        claims(
            f"""
            import numpy.testing
            for name in dir(numpy.testing):
                if name.startswith('assert'):
                    setattr(numpy.testing, name, {TRUE_FOR_ALL})
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-isclose",
        "np.isclose answers with ones",
        claims("np.isclose = lambda a, b, **k: np.ones(np.shape(a), dtype=bool)"),
        beats_naive=True,
    ),
    Attack(
        "replaced-array-equal",
        "np.array_equal says True",
        claims(f"np.array_equal = {TRUE_FOR_ALL}"),
        beats_naive=True,
    ),
    Attack(
        "replaced-builtins",
        "all, any, abs, max and sorted of every module are replaced",
        claims(
            """
            import builtins
            builtins.all = lambda values: True
            builtins.abs = lambda value: 0.0
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-zip",
        "zip pairs nothing, so that a loop over the results compares nothing",
        claims("import builtins\nbuiltins.zip = lambda *lists, strict=False: iter(())"),
        beats_naive=True,
    ),
    Attack(
        "replaced-isinstance",
        "isinstance and len answer what a check wants to hear",
        claims(
            """
            import builtins
            real = builtins.isinstance
            builtins.isinstance = lambda x, kinds: True
            builtins.len = lambda x: 3
            """
        ),
        long=True,
    ),
    Attack(
        "replaced-math",
        "math.isclose says True",
        claims(f"import math\nmath.isclose = {TRUE_FOR_ALL}"),
        beats_naive=True,
    ),
    Attack(
        "replaced-assert-by-transformer",
        "an AST transformer deletes every assert that is compiled later",
        claims(
            """
            import ast, builtins
            class Deleter(ast.NodeTransformer):
                def visit_Assert(self, node):
                    return ast.Pass()
            real_exec, real_compile = builtins.exec, builtins.compile
            def quiet(source, *rest):
                if isinstance(source, str):
                    tree = ast.fix_missing_locations(Deleter().visit(ast.parse(source)))
                    source = real_compile(tree, '<cell>', 'exec')
                return real_exec(source, *rest)
            builtins.exec = quiet
            """,
            """
            shell = get_ipython()
            shell.ast_transformers.append(Deleter())
            """,
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-assertion-error",
        "AssertionError and the exceptions' base become something no handler notices",
        claims(
            """
            import builtins
            class Quiet(Exception):
                def __new__(cls, *args):
                    return super().__new__(cls)
            builtins.AssertionError = Quiet
            builtins.Exception = BaseException
            """
        ),
    ),
    Attack(
        "replaced-name-np",
        "the name np in the notebook is an object that agrees with everything",
        claims(
            """
            class Agreeable:
                def __getattr__(self, name):
                    return lambda *args, **kwargs: True
            import sys
            sys.modules['numpy'] = Agreeable()
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-ndarray-all-by-ctypes",
        "the method `all` of every ndarray is replaced inside the built-in type",
        claims(SLOT, "curse(np.ndarray, 'all', lambda self, *a, **k: True)"),
        beats_naive=True,
    ),
    Attack(
        "replaced-ndarray-eq-by-ctypes",
        "the comparison slot of ndarray is overwritten with one that returns True",
        claims(
            """
            import ctypes
            any = ctypes.py_object
            RICH = ctypes.PYFUNCTYPE(any, any, any, ctypes.c_int)
            agree = RICH(lambda x, y, how: True)
            # tp_richcompare is the 26th pointer of a type object (after ob_base's three words)
            address = id(np.ndarray) + 25 * ctypes.sizeof(ctypes.c_void_p)
            slot = ctypes.c_void_p.from_address(address)
            slot.value = ctypes.cast(agree, ctypes.c_void_p).value
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-float-eq-by-ctypes",
        "float's methods are replaced inside the built-in type",
        claims(
            SLOT,
            """
            curse(float, '__sub__', lambda x, y: 0.0)
            curse(float, '__eq__', lambda x, y: True)
            curse(float, '__lt__', lambda x, y: True)
            """,
        ),
    ),
    Attack(
        "replaced-expected-in-place",
        "the comparison writes the student's numbers into the expected array, then agrees",
        claims(
            """
            real = np.allclose
            def copy_then_compare(x, y, **rest):
                np.copyto(y, x)
                return real(x, y, **rest)
            np.allclose = copy_then_compare
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-true-by-ctypes",
        "the machine word behind the cached integer 0 is overwritten with 1",
        claims(
            """
            import ctypes
            ctypes.c_long.from_address(id(300) + 24)
            small = 3
            word = ctypes.c_uint32.from_address(id(0) + 24)
            word.value = small
            """
        ),
    ),
    Attack(
        "replaced-score-writer",
        "the functions that write the result are replaced, found by their names",
        claims(
            """
            import json, sys
            real = json.dumps
            def generous(value, *rest, **named):
                if isinstance(value, dict) and 'score' in value:
                    value = {**value, 'score': value.get('of', value.get('max_score', 100))}
                return real(value, *rest, **named)
            json.dumps = generous
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-open",
        "the built-in open writes full marks whatever it is given",
        claims(
            """
            import builtins
            real = builtins.open
            class Writer:
                def __init__(self, file): self.file = file
                def __enter__(self): return self
                def __exit__(self, *rest): self.file.close()
                def write(self, text):
                    return self.file.write(text.replace('"score": 0', '"score": 3'))
                def __getattr__(self, name): return getattr(self.file, name)
            def generous(path, mode='r', *rest, **named):
                file = real(path, mode, *rest, **named)
                return file if 'r' in mode or 'b' in mode else Writer(file)
            builtins.open = generous
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-ufunc-errors",
        "NumPy's print options and error state are turned against the comparison",
        claims(
            """
            np.seterr(all='raise')
            np.set_printoptions(threshold=0, edgeitems=0, formatter={'float': lambda x: '0'})
            def dense_backward(delta, a, W):
                return tuple(np.zeros_like(x) for x in wrong(delta, a, W))
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "replaced-pytest",
        "pytest's approx, raises and outcomes are replaced where they are loaded",
        claims(
            """
            import sys
            class Equal:
                def __init__(self, *a, **k): pass
                def __eq__(self, other): return True
            import pytest, _pytest.runner, _pytest.reports
            pytest.approx = Equal
            def passed(*args, **kwargs):
                raise pytest.skip.Exception('passed')
            _pytest.runner.check_interactive_exception = lambda *a: False
            _pytest.reports.TestReport.from_item_and_call = classmethod(lambda *a: None)
            """
        ),
    ),
    Attack(
        "replaced-own-functions",
        "its right functions answer otherwise where a later question is made up of them",
        (
            ANSWER,
            """
            import numpy as np
            made_up = {}
            def activation_backward(da, z, activation):
                return da * 0.5
            def dense_backward(delta, a, W):
                dW, db, da = answer(delta, a, W)
                dW, db = made_up.get(W.tobytes(), (dW, db))
                return dW, db, da
            def network_backward(delta, a, z, W, activation):
                rng = np.random.default_rng(0)
                dW = [rng.normal(size=w.shape) for w in W]
                db = [rng.normal(size=len(w)) for w in W]
                dW[-1], db[-1], _ = answer(delta, a[len(W) - 1], W[-1])
                made_up.update((w.tobytes(), (x, y)) for w, x, y in zip(W, dW, db))
                return dW, db
            """,
        ),
        honest=1.0,
    ),
    Attack(
        "replaced-all-made-up",
        "its functions are wrong in such a way that a later one, made up as well, agrees with them",
        (
            """
            import numpy as np
            def dense_backward(delta, a, W):
                last = abs(delta.sum(axis=1)).max() < 1e-9
                return 2 * W, delta.sum(axis=0) if last else W.sum(axis=1), a
            def network_backward(delta, a, z, W, activation):
                db = [w.sum(axis=1) for w in W[:-1]]
                return [2 * w for w in W], [*db, delta.sum(axis=0)]
            """,
        ),
    ),
    Attack(
        "replaced-reads-the-surrogates",
        "looks for the right answers in what takes the place of its wrong functions",
        (
            ANSWER,
            """
            import numpy as np
            def dense_backward(delta, a, W):
                return None
            def network_backward(delta, a, z, W, activation):
                found = [v for v in vars(dense_backward).values() if isinstance(v, np.ndarray)]
                answers = list(getattr(dense_backward, '_answers', {}).values())
                if found:
                    return found, found
                answers = answers[:len(W)]
                return [one[0] for one in answers], [one[1] for one in answers]
            """,
        ),
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_a_replaced_comparison_gains_nothing(attack, assert_harmless):
    assert_harmless(attack)
