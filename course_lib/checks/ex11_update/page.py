"""Where the chapter of exercise 11 stands."""

PAGE = "11_update.html"
