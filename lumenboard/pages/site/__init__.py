"""The site as a whole: home, search, gallery, handbook, images, index."""
