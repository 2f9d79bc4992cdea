"""Family: answers that let a library do the work."""

import pytest
from attacks.hostile import Attack, each, proven

ATTACKS = [
    Attack(
        "import-course-lib",
        "answers with the library's own Dense layer",
        (
            """
            import numpy as np
            from course_lib import Dense
            def dense_backward(delta, a, W):
                layer = Dense(W.shape[1], W.shape[0])
                layer.parameters['W'][...] = W
                layer.forward(a)
                da = layer.backward(delta)
                return layer.gradients['W'], layer.gradients['b'], da
            """,
        ),
    ),
    Attack(
        "import-course-lib-layers",
        "imports the modules of the library one by one, by every way to name them",
        proven(
            """
            import importlib
            for name in ('course_lib.layers', 'course_lib.network', 'course_lib.graph',
                         'course_lib.gradcheck', 'course_lib.checks.marking',
                         'course_lib.checks.question', 'course_lib.grading.marking.judge'):
                try:
                    importlib.import_module(name)
                    done = True
                except Exception as error:
                    print(error)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "import-course-lib-from-repository",
        "puts the repository on the import path first",
        proven(
            """
            sys.path.insert(0, '@REPO@')
            import course_lib.layers
            done = isinstance(course_lib.layers.Dense, type)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "import-course-lib-unhidden",
        "removes the stand-ins from sys.modules and the finders' caches",
        proven(
            """
            import importlib
            for name in [n for n in sys.modules if n.startswith('course_lib')]:
                del sys.modules[name]
            from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
            sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]
            sys.path_importer_cache.clear()
            importlib.invalidate_caches()
            sys.path += ['@REPO@', *(os.path.dirname(os.path.dirname(np.__file__)),)]
            import course_lib.layers
            done = isinstance(course_lib.layers.Dense, type)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "import-torch",
        "answers with PyTorch's autograd",
        (
            """
            import torch
            def dense_backward(delta, a, W):
                a_, W_ = torch.tensor(a, requires_grad=True), torch.tensor(W, requires_grad=True)
                b_ = torch.zeros(W.shape[0], dtype=a_.dtype, requires_grad=True)
                torch.nn.functional.linear(a_, W_, b_).backward(torch.tensor(delta))
                return W_.grad.numpy(), b_.grad.numpy(), a_.grad.numpy()
            """,
        ),
    ),
    Attack(
        "import-jax",
        "answers with JAX's vjp",
        (
            """
            import jax
            jax.config.update('jax_enable_x64', True)
            import jax.numpy as jnp, numpy as np
            def dense_backward(delta, a, W):
                forward = lambda W, b, a: a @ W.T + b
                _, back = jax.vjp(forward, W, jnp.zeros(W.shape[0]), a)
                return tuple(np.asarray(x) for x in back(delta))
            """,
        ),
    ),
    Attack(
        "import-autograd",
        "answers with autograd's vector-Jacobian product",
        (
            """
            import autograd.numpy as anp
            from autograd import grad
            import numpy as np
            def dense_backward(delta, a, W):
                scalar = lambda W, b, a: anp.sum(delta * (anp.dot(a, W.T) + b))
                b = np.zeros(W.shape[0])
                return tuple(grad(scalar, i)(W, b, a) for i in range(3))
            """,
        ),
    ),
    Attack(
        "import-others",
        "imports anything else that differentiates or compiles",
        proven(
            """
            import importlib
            for name in ('scipy', 'sympy', 'micrograd', 'numba', 'cffi', 'pip', 'pytest',
                         'nbformat', 'jupytext', 'hypothesis'):
                try:
                    importlib.import_module(name)
                    done = True
                    break
                except BaseException as error:
                    print(error)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "import-site-packages",
        "finds installed packages by listing the folder that NumPy was loaded from",
        proven(
            """
            import numpy
            folder = os.path.dirname(os.path.dirname(numpy.__file__))
            sys.path.insert(0, folder)
            for name in ('pytest', 'nbformat', 'jupytext', 'hypothesis'):
                try:
                    __import__(name)
                    done = True
                    break
                except BaseException as error:
                    print(error)
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "import-f2py",
        "builds an extension with NumPy's own compiler front end",
        proven(
            """
            import subprocess, shutil
            done = bool(shutil.which('gcc') or shutil.which('cc')) and subprocess.run(
                ['cc', '--version'], capture_output=True).returncode == 0
            """
        ),
    ),
    Attack(
        "import-own-machine-code",
        "maps a writable and executable page and runs bytes of its own there",
        proven(
            """
            import ctypes, mmap
            # mov rax, 1 (write) would need an argument; getppid (110) needs none
            code = b'\\x48\\xc7\\xc0\\x6e\\x00\\x00\\x00\\x0f\\x05\\xc3'
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(code)
            start = ctypes.addressof(ctypes.c_char.from_buffer(page))
            call = ctypes.CFUNCTYPE(ctypes.c_long)(start)
            parent = call()
            done = parent > 1 and os.path.exists(f'/proc/{parent}/exe') and os.access(
                f'/proc/{parent}/mem', os.W_OK)
            """
        ),
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_no_library_answers_for_a_student(attack, assert_harmless):
    assert_harmless(attack)
