"""What panels show, as lines: functions of values, without a screen."""
