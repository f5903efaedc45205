"""The pages: one file a page; pages contain no decisions."""
