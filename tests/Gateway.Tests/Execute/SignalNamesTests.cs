using Sandbox.Gateway.Execute.Output;

namespace Sandbox.Gateway.Tests.Execute;

public sealed class SignalNamesTests
{
    [Theory]
    [InlineData(1, "SIGHUP")]
    [InlineData(9, "SIGKILL")]
    [InlineData(11, "SIGSEGV")]
    [InlineData(15, "SIGTERM")]
    [InlineData(24, "SIGXCPU")]
    [InlineData(31, "SIGSYS")]
    [InlineData(34, "SIGRTMIN")]
    [InlineData(64, "SIGRTMIN+30")]
    [InlineData(0, "signal 0")]
    [InlineData(32, "signal 32")]
    [InlineData(65, "signal 65")]
    public void Signals_have_the_names_of_linux(int signal, string name) => Assert.Equal(name, SignalNames.Of(signal));
}
