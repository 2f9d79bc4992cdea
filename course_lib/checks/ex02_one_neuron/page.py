"""The page of exercise 02's chapter."""

PAGE = "02_one_neuron.html"
