"""Where the chapter of exercise 03 stands."""

PAGE = "03_forward_pass.html"
