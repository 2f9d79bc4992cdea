# Generated from solutions/11_update.md by `course release`: change that file.


def test_sgd_update(student, mark):
    mark("sgd_update")


def test_two_layer_step(student, mark):
    mark("two_layer_step")


def test_update_by_hand(student, mark):
    mark("update_by_hand")


def test_momentum_update(student, mark):
    mark("momentum_update")


def test_momentum_walk(student, mark):
    mark("momentum_walk")


def test_rmsprop_update(student, mark):
    mark("rmsprop_update")


def test_adam_update(student, mark):
    mark("adam_update")


def test_adam_walk(student, mark):
    mark("adam_walk")
