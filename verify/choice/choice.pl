#!/usr/bin/perl
# Verifies Bandeau's choice cookie in Perl, without Bandeau: copy read_choice and decide into your back end.
# spec/vectors/verify.json says what they must answer; docs/how-to/other-back-ends.md explains it.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);

my $NUMBER = qr/(0|[1-9a-f][0-9a-f]{0,31})/;

# Reads the choice out of a Cookie header; today counts days since 1970-01-01 UTC.
# $site: { name, context => "<site id>|<environment>", remember_days, keys => { id => secret bytes } }
sub read_choice {
    my ($header, $site, $today) = @_;
    my @values;
    for my $part (split /;/, $header) {
        $part =~ s/^[ \t]+|[ \t]+$//g;
        push @values, $1 if $part =~ /^\Q$site->{name}\E=(.*)\z/s;
    }
    return { state => 'none' } unless @values;
    # Two cookies of that name: another host of the domain put one in. That is no choice.
    return { state => 'invalid' } if @values > 1 || length $values[0] > 512;
    my @found = $values[0] =~ /\A1\.$NUMBER\.$NUMBER\.$NUMBER\.$NUMBER\.$NUMBER\.$NUMBER\.([a-z0-9]{1,16})\.([A-Za-z0-9_-]{22})\z/a;
    return { state => 'invalid' } unless @found;
    my $secret = $site->{keys}{$found[6]};
    return { state => 'invalid' } unless defined $secret;
    my $payload = substr $values[0], 0, -23;
    my $mac = encode_base64url(substr hmac_sha256("bd1|$site->{context}|$payload", $secret), 0, 16);
    return { state => 'invalid' } unless same($mac, $found[7]);
    my $day = number($found[1]);
    return { state => 'invalid' } if $day > $today + 1;
    return { state => 'expired' } if $today - $day > $site->{remember_days};
    return { state => 'valid', revision => number($found[0]), answered => $found[2], granted => $found[3] };
}

# Decides a purpose, as GET api/v1/policy describes it; returns whether it is allowed, and why.
sub decide {
    my ($choice, $purpose, $gpc) = @_;
    return (1, 'necessary') if $purpose->{necessary};
    my $valid = $choice->{state} eq 'valid';
    if (!$valid || !has($choice->{answered}, $purpose->{bit})) {
        return (0, 'signal') if $gpc && $purpose->{gpc};
        return (0, $valid || $choice->{state} eq 'none' ? 'unset' : $choice->{state});
    }
    return (0, 'denied') unless has($choice->{granted}, $purpose->{bit});
    return $choice->{revision} < $purpose->{yes_since} ? (0, 'outdated') : (1, 'granted');
}

# The sets have up to 128 bits, so a bit is looked up in its own hexadecimal digit.
sub has {
    my ($set, $bit) = @_;
    my $place = length($set) - 1 - int($bit / 4);
    return $place >= 0 && hex(substr $set, $place, 1) >> $bit % 4 & 1;
}

# More than eight digits are beyond every day and revision.
sub number { return length $_[0] > 8 ? 0xffffffff : hex $_[0] }

# Takes the same time wherever two texts of one length differ.
sub same {
    my ($one, $other) = @_;
    my $difference = length($one) ^ length($other);
    $difference |= ord(substr $one, $_, 1) ^ ord(substr $other, $_, 1) for 0 .. length($other) - 1;
    return $difference == 0;
}

# Answers lines of questions, so that the vectors can be put to it: see tests/interop/test_verifiers.py.
sub answer_lines {
    my (%site, @purposes);
    while (my $line = <STDIN>) {
        chomp $line;
        my ($what, @rest) = split /\t/, $line, -1;
        @site{qw(name context remember_days)} = @rest if $what eq 'site';
        $site{keys}{$rest[0]} = pack 'H*', $rest[1] if $what eq 'key';
        if ($what eq 'purpose') {
            my %purpose;
            @purpose{qw(id bit necessary gpc yes_since)} = @rest;
            push @purposes, \%purpose;
        }
        next unless $what eq 'case';
        my $choice = read_choice($rest[2], \%site, $rest[0]);
        my @told = map { my ($allowed, $why) = decide($choice, $_, $rest[1]); join ':', $_->{id}, $allowed ? 'true' : 'false', $why } @purposes;
        print join(' ', $choice->{state}, @told), "\n";
    }
}

answer_lines() unless caller;
