"""From the words of a shot to its plan: who is there, looking how, doing what, where and when, in which light."""
