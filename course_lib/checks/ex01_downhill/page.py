"""Where the chapter of exercise 01 stands."""

PAGE = "01_downhill.html"
