"""The mark of a clip, in its picture and in its sound: payload, embedding and detection."""
