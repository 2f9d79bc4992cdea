"""Where the chapter of exercise 00 stands."""

PAGE = "00_before_you_start.html"
