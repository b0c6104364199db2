"""The pages that join arena and providers: each view reads, then renders."""
