"""The chapter's page of exercise 11."""

PAGE = "11_update.html"
