"""The written pages of docs/ as a site: which there are, in which order, and each as HTML."""
