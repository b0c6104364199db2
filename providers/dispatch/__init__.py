"""The one place with network code: sends paid calls, follows them, fetches pictures, and keeps the account of it."""
