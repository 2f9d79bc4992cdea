# Generated from solutions/00_before_you_start.md by `course release`: change that file.


def test_slope_between(student, mark):
    mark("slope_between")


def test_slope_of_square(student, mark):
    mark("slope_of_square")


def test_partial_slopes(student, mark):
    mark("partial_slopes")


def test_sum_of_products(student, mark):
    mark("sum_of_products")


def test_product_shape(student, mark):
    mark("product_shape")


def test_all_products(student, mark):
    mark("all_products")


def test_add_to_columns(student, mark):
    mark("add_to_columns")


def test_mean_of_columns(student, mark):
    mark("mean_of_columns")
