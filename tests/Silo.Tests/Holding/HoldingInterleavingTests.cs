using System.Globalization;
using System.Text.Json;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Holding;
using static Sandbox.Silo.Tests.Holding.MemoryBlobs;

namespace Sandbox.Silo.Tests.Holding;

/// <summary>
/// Three hosts want one sandbox while a random number decides everything: which request arrives when and whether its answer does, who is paused
/// and for how long, who is cut off, whose clock runs fast. <c>SANDBOX_SEQUENCES</c> sets how many numbers are tried.
/// </summary>
public sealed class HoldingInterleavingTests
{
    private const int Steps = 4_000;
    private static readonly SandboxKey _key = new("alice", "box");

    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("SANDBOX_SEQUENCES") ?? "25", CultureInfo.InvariantCulture))];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Seeds))]
    public Task Never_do_two_hosts_think_that_they_hold_and_the_epoch_only_grows(int seed)
    {
        using var loop = new StepLoop();
        new Run(loop, new Random(seed)).Go();
        return Task.CompletedTask;
    }

    private sealed class Run
    {
        private readonly StepLoop _loop;
        private readonly Random _random;
        private readonly MemoryBlobs _blobs = new();
        private readonly List<Host> _hosts;
        private SandboxHead _stored = new();
        private long _acknowledged;
        private int _acquired;

        public Run(StepLoop loop, Random random)
        {
            _loop = loop;
            _random = random;
            _blobs.Writing = (_, _, bytes) => CheckWrite(JsonSerializer.Deserialize<SandboxHead>(bytes, JsonSerializerOptions.Web)!);
            _hosts = [.. Enumerable.Range(0, 3).Select(i => new Host(this, $"h{i}", TimeSpan.FromHours(random.Next(-9, 10)), 0.97 + (random.NextDouble() * 0.06)))];
        }

        public void Go()
        {
            for (var step = 0; step < Steps; step++)
            {
                Act();
                _loop.Settle();
                var holding = _hosts.Where(host => !host.Paused && host.Mine.Any(lease => lease.IsHeld)).Select(host => host.Test.Name).ToList();
                Assert.True(holding.Count <= 1, $"Step {step}: {string.Join(" and ", holding)} both hold.");
            }

            // It was worth looking at, and it ends well: whoever asks alone gets it.
            Assert.InRange(_acquired, 5, Steps);
            foreach (var host in _hosts) host.Resume();
            foreach (var host in _hosts) host.Faulty = 0;
            foreach (var lease in _hosts.SelectMany(host => host.Mine)) _ = lease.DisposeAsync();
            var last = _hosts[0];
            for (var i = 0; i < 2_000 && !last.Mine.Any(lease => lease.IsHeld); i++)
            {
                Act(calm: true);
                last.Ask();
            }

            Assert.Contains(last.Mine, lease => lease.IsHeld);
        }

        private void Act(bool calm = false)
        {
            switch (_random.Next(calm ? 70 : 100))
            {
                case < 50:
                    // A request that was sent arrives whether its sender is paused or not; the answer waits for it.
                    if (!_loop.Step(_random, actor => !_hosts.Exists(host => host.Paused && host.Test.Name == actor))) Pass();
                    break;
                case < 70:
                    Pass();
                    break;
                case < 75:
                    var host = Any();
                    if (host.Paused) host.Resume();
                    else host.Paused = true;
                    break;
                case < 80:
                    Any().Faulty = _random.Next(3) * _random.NextDouble() / 2;
                    break;
                case < 90:
                    Any().Ask();
                    break;
                case < 95:
                    Any().Commit();
                    break;
                case < 98:
                    Any().Release();
                    break;
                default:
                    Any().Abandon();
                    break;
            }
        }

        private void Pass()
        {
            var span = TimeSpan.FromSeconds(_random.NextDouble() * 2);
            foreach (var host in _hosts) host.Pass(span);
        }

        private Host Any() => _hosts[_random.Next(_hosts.Count)];

        private void CheckWrite(SandboxHead next)
        {
            Assert.True(next.Epoch >= _stored.Epoch, "The epoch fell.");
            if (next.Epoch == _stored.Epoch && next.Holder is not null) Assert.Equal(_stored.Holder, next.Holder);
            if (next.Epoch > _stored.Epoch) Assert.Equal(_stored.Epoch + 1, next.Epoch);
            Assert.True(next.Timeline >= _acknowledged, "A commit that was acknowledged is lost.");
            _stored = next;
        }

        private sealed class Host
        {
            private readonly Run _run;
            private readonly double _rate;
            private TimeSpan _missed;
            private bool _asking;

            public Host(Run run, string name, TimeSpan ahead, double rate)
            {
                _run = run;
                _rate = rate;
                Test = new TestHost(run._blobs, run._loop, name, ahead, NextFault);
            }

            public TestHost Test { get; }

            public List<HeadLease> Mine { get; } = [];

            public bool Paused { get; set; }

            public double Faulty { get; set; }

            public void Pass(TimeSpan span)
            {
                _missed += span * _rate;
                if (Paused) return;
                Test.Time.Advance(_missed);
                _missed = TimeSpan.Zero;
            }

            public void Resume()
            {
                Paused = false;
                Pass(TimeSpan.Zero);
            }

            public void Ask()
            {
                if (!Paused && !_asking && Test.Leases.Find(_key) is null) Do(AskAsync);
            }

            public void Commit() => With(async lease =>
            {
                var head = await lease.CommitAsync(head => head with { Timeline = head.Timeline + 1 });
                _run._acknowledged = Math.Max(_run._acknowledged, head.Timeline);
            });

            public void Release() => With(lease => lease.ReleaseAsync());

            public void Abandon() => With(async lease => await lease.DisposeAsync());

            private void With(Func<HeadLease, Task> action)
            {
                if (!Paused && Test.Leases.Find(_key) is { } lease) Do(() => action(lease));
            }

            private async Task AskAsync()
            {
                _asking = true;
                try
                {
                    if (await Test.Leases.TryAcquireAsync(_key) is not Acquisition.Acquired acquired) return;
                    _run._acquired++;
                    Mine.Add(acquired.Lease);
                }
                finally
                {
                    _asking = false;
                }
            }

            private void Do(Func<Task> action)
            {
                _ = RunAsync();

                async Task RunAsync()
                {
                    try
                    {
                        await action();
                    }
                    catch (Exception exception) when (exception is LeaseLostException or IOException)
                    {
                        // What hosts live with.
                    }
                }
            }

            // A request that hangs in the acquisition itself would only keep this host from asking again.
            private Fault NextFault() => _run._random.NextDouble() >= Faulty
                ? Fault.None
                : _run._random.Next(3) switch { 0 => Fault.Refused, 1 => Fault.AnswerLost, _ => _asking ? Fault.None : Fault.Hangs };
        }
    }
}
