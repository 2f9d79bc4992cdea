"""The page of exercise 05's chapter."""

PAGE = "05_two_neurons.html"
