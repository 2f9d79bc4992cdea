"""The chapter's page of exercise 13."""

PAGE = "13_when_it_goes_wrong.html"
