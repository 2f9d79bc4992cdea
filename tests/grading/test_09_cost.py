# Generated from solutions/09_cost.md by `course release`: change that file.


def test_count_passes(student, mark):
    mark("count_passes")


def test_count_ways(student, mark):
    mark("count_ways")


def test_run_tape(student, mark):
    mark("run_tape")


def test_local_slopes(student, mark):
    mark("local_slopes")


def test_reverse_sweep(student, mark):
    mark("reverse_sweep")


def test_forward_sweep(student, mark):
    mark("forward_sweep")


def test_topological_order(student, mark):
    mark("topological_order")


def test_network_gradient(student, mark):
    mark("network_gradient")
