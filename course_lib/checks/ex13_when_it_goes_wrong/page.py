"""Where the chapter of exercise 13 stands."""

PAGE = "13_when_it_goes_wrong.html"
