# Generated from solutions/12_training_loop.md by `course release`: change that file.


def test_loop_by_hand(student, mark):
    mark("loop_by_hand")


def test_minibatches(student, mark):
    mark("minibatches")


def test_training_step(student, mark):
    mark("training_step")


def test_train_epoch(student, mark):
    mark("train_epoch")


def test_accuracy(student, mark):
    mark("accuracy")


def test_hold_out(student, mark):
    mark("hold_out")


def test_train(student, mark):
    mark("train")


def test_early_stopping(student, mark):
    mark("early_stopping")
