namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A runsc that fails when it is told to: a script before the real one.</summary>
internal sealed class FailingRunsc : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sandbox-runsc-");

    public FailingRunsc()
    {
        File.WriteAllText(Script, $$"""
            #!/bin/sh
            order=$(cat {{Control}} 2>/dev/null)
            real=$(command -v runsc || echo /usr/bin/runsc)
            for word; do
                case $word in
                    checkpoint | restore) command=$word ;;
                    --image-path=*) image=$word ;;
                esac
                last=$word
            done
            if [ -n "$command" ] && [ "$command" = "$(echo "$order" | cut -d- -f1)" ]; then
                case $order in
                    *-half) head -c 100000 /dev/urandom > "${image#*=}/checkpoint.img" ;;
                    *-lie) exit 0 ;;
                    *-death)
                        # The sandbox's own process, and only that one's.
                        kill -9 $(cat "$(dirname "$0")/victim") ;;
                esac
                [ "$order" = "$command-death" ] || { echo "told to fail" >&2; exit 7; }
            fi
            exec "$real" "$@"
            """);
        File.SetUnixFileMode(Script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The arguments of a server that uses it.</summary>
    public string[] Arguments => ["--Runsc:Path", Script];

    private string Script => Path.Combine(_directory.FullName, "runsc");

    private string Control => Path.Combine(_directory.FullName, "order");

    /// <summary>Has a command fail: <c>checkpoint</c> or <c>restore</c>, with <c>-half</c> after it wrote something, with <c>-lie</c> saying that it did not.</summary>
    public void Fail(string order) => File.WriteAllText(Control, order);

    /// <summary>Has a checkpoint fall into the death of what it is of.</summary>
    /// <param name="process">The sandbox's process.</param>
    public void Die(int process)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "victim"), $"{process}");
        Fail("checkpoint-death");
    }

    /// <summary>Nothing fails any more.</summary>
    public void Clear() => File.Delete(Control);

    public void Dispose() => _directory.Delete(recursive: true);
}
