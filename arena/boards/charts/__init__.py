"""Charts as data: rows in, a figure in Plotly's form and its table out. Colours are the page's business."""
