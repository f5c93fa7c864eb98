"""Where training examples come from: the theatre's playbill, encoded once into latent shards."""
