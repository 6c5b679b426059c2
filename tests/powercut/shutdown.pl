#!/usr/bin/perl
# Cuts the power of a mounted ext4 file system, as far as software can: EXT4_IOC_SHUTDOWN with
# EXT4_GOING_FLAGS_NOLOGFLUSH. What was not on the device is lost; nothing more is written.
#
#   shutdown.pl MOUNTPOINT
use strict;
use warnings;

my ($mount) = @ARGV or die "usage: shutdown.pl MOUNTPOINT\n";
open my $root, '<', $mount or die "$mount: $!\n";
my $flags = pack 'L', 2;
defined ioctl $root, 0x8004587D, $flags or die "$mount: EXT4_IOC_SHUTDOWN: $!\n";
