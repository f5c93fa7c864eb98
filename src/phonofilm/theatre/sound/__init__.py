"""A play as sound: contacts, voices, music and air, exact to the sample; and voices that speak."""
