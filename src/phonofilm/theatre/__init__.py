"""The paper theatre: words -> a staged play -> picture, sound and exact truth. Knows no torch.

What the rest of Phonofilm asks of it, each in its own module, imported on its own:

- ``stage.staging.stage(script, seconds, seed)``: a prompt's script as a :class:`play.Play`;
- ``reframe.reframed(play, aspect)``: for a picture that is not 16:9; ``continuing.staged``: a clip that goes on;
- ``draw.paint.picture(play, width, height)`` and ``sound.mix.sound(play)``: what is seen and heard of it;
- ``truth.truth(play)``, ``cues.cues(play)``: what really happened, measured;
- ``heard.heard(script, seconds)``: what a prompt was understood as; ``board``, ``thumbnail``: its stills;
- ``playbill``: prompts without end, for training.

In rooms, each knowing only those after it: stage and draw; moves (bodies in time) and places; reading (words to a
plan), paper (what is drawn with) and sound; camera and play, the vocabulary; lexicon (tables of words) and light.
"""
