# Generated from solutions/06_computational_graphs.md by `course release`: change that file.


def test_local_two(student, mark):
    mark("local_two")


def test_local_one(student, mark):
    mark("local_one")


def test_graph_by_hand(student, mark):
    mark("graph_by_hand")


def test_node_backward(student, mark):
    mark("node_backward")


def test_fan_out_backward(student, mark):
    mark("fan_out_backward")


def test_graph_backward(student, mark):
    mark("graph_backward")


def test_walk_backwards(student, mark):
    mark("walk_backwards")
