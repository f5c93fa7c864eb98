"""What may come in and what may go out: policy, checks, gate, watermark, provenance."""
