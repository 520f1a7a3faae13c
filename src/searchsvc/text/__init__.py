"""Pure text logic: folding, segmentation, grams. No files, no index, no framework."""
