"""The page of the chapter of exercise 08."""

PAGE = "08_backward_pass.html"
