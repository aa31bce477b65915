require ["fileinto", "envelope"];

# What the spam filter marked.
if header :contains "X-Spam-Flag" "YES" {
    fileinto "Spam";
    stop;
}

# One sender's mail has a folder of its own.
if envelope "from" "tim@example.net" {
    fileinto "Shisaa";
    stop;
}
