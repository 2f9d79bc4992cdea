# Generated from solutions/01_downhill.md by `course release`: change that file.


def test_loss_of_weight(student, mark):
    mark("loss_of_weight")


def test_numerical_slope(student, mark):
    mark("numerical_slope")


def test_slope_of_loss(student, mark):
    mark("slope_of_loss")


def test_update_weight(student, mark):
    mark("update_weight")


def test_walk_downhill(student, mark):
    mark("walk_downhill")
