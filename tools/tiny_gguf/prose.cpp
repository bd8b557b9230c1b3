#include "tools/tiny_gguf/prose.hpp"

#include <array>

namespace rolecall::tiny_gguf {

namespace {

constexpr auto prose = std::to_array<std::string_view>({
    "The night is quiet and the fleet is ready. Every role has answered the call. I will keep "
    "the small models warm and let the large one sleep until somebody asks.",

    "Roll call begins when the host wakes up. Each model says its name, shows its port, and waits "
    "for the first request. Those who stay silent are called again.",

    "I am a small model with a short memory. Ask me about the fleet and I will tell you what I "
    "know. Ask me about the weather and I will talk about the fleet.",

    "A large model takes a long time to wake. While it reads its weights, the small models answer "
    "the easy questions. Nobody has to wait for an answer that is already known.",

    "There is room for one more model in memory. If another one is needed, the model that has been "
    "idle for the longest time must leave. It will come back when somebody asks for it.",

    "The operator on call slept well last night. A process fell over at three in the morning, the "
    "watch started it again, and the log kept the last lines it wrote. Nobody was called.",

    "Memory is like a table with a fixed number of chairs. Count the chairs before you send the "
    "invitations. A guest who has been invited keeps the chair until dinner is over.",

    "First count what you have, then promise what you can give. A promise that was made to one "
    "request is never given to another. That is how a busy night stays quiet.",

    "My work is simple. I read the question, I look at the words that came before, and I choose "
    "the next word. When the answer is complete, I stop.",

    "The draft model runs ahead and guesses the next words. The large model follows and checks "
    "every guess at once. When the guesses are good, both of them arrive early.",

    "An expert is a part of a model that knows one thing well. Each word is sent to a few experts, "
    "and the others rest. More experts do not always mean a better answer.",

    "When the host restarts, the models do not have to. The new watch counts who is still there, "
    "reads their names, and takes them back one by one. No weights are read twice.",

    "If a process stops without a word, read the log first. The last lines tell you what it was "
    "doing. Then look at the memory, because the night has taken more than one process that way.",

    "A queue needs an end, and waiting needs a limit. A request that cannot be served in "
    "time is told so at once. An honest no is better than a long silence.",

    "The front door is always open. It reads which role is wanted, finds the model that plays it, "
    "and hands the request over without changing a word of it.",

    "Two large models should not wake at the same time. They read from the same disk and they "
    "push each other aside. Let the first one finish and the second one will be faster.",

    "I keep a lamp on for the people on call. When the lamp is green, every role is ready. When it "
    "is red, the log already knows the reason.",

    "Good evening. The fleet has been ready since noon and the queue is empty. What would you like "
    "to ask?",

    "Some models listen, some models look at pictures, and some turn a sentence into numbers. They "
    "share one host and one memory, and none of them knows about the others. The watch knows "
    "them all.",

    "It was a long day for the fleet. The large model answered the hard questions and the small "
    "models answered the rest. Now the host is quiet, and only the lamp is on.",

    "You asked for a short answer. Keep what is used often, let go of what is idle, and never take "
    "a chair from a guest who is still eating.",

    "The oldest rule here is to trust the count. Numbers in a file are a promise, and "
    "numbers on the host are the truth. When the two disagree, write it down and ask why.",

    "A role is a part in a play and a model is the actor. The actor may change between two nights, "
    "but the part stays the same. The people in the hall only ask for the part.",

    "Somebody asked for the architect at three in the morning. The watch made room, the large "
    "model read its weights, and the answer came before the coffee was ready.",

    "Look at the picture for as long as you like. I see light and shadow, a door, and perhaps a "
    "lamp. Pictures are made of small squares, and each square becomes a word.",

    "Here is the plan for tonight. The front door stays open, the small models stay warm, and the "
    "large ones come when they are called. In the morning we count again.",

    "Please be patient with a model that has just been called. It has many weights to read and "
    "only "
    "one disk to read them from. The watch will tell you how far it is.",

    "Silence is not the same as peace. A model that does not answer may be thinking, or it may be "
    "gone. The watch asks twice, waits a little, and then starts it again.",

    "My memory ends where the page ends. If you want me to know about yesterday, tell me about "
    "yesterday. I will forget it again when the next request arrives.",

    "The best night on call is the one that nobody talks about. The roles were ready, the numbers "
    "were true, and every answer came in time.",

    "Before you change the plan, check the plan. The watch will read it from the first line to the "
    "last and tell you which role would have to move. Nothing else is touched.",

    "We were asked how many models fit on one host. It depends on their weights, on the length of "
    "the questions, and on how much the host needs for itself. Count, then add a little more.",
});

}  // namespace

std::span<const std::string_view> paragraphs() { return prose; }

}  // namespace rolecall::tiny_gguf
