"""Files in a bucket, and the only door through which strangers URLs are fetched."""
